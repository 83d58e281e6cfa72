/**
 * For unit tests. The folders in which end-to-end tests keep account of what was sent and printed are named in the environment
 * of all projects of a run, and some unit tests send on purpose what the API does not declare.
 */

delete process.env.CHECKED_TRAFFIC_DIR
delete process.env.CAPTURE_DIR
