import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jobKey, jobKeys } from '../../src/crontab/job-keys.ts'
import { jobSlug } from '../../src/crontab/job-slug.ts'
import { parseCrontab } from '../../src/crontab/parse-crontab.ts'
import { checkMonitorKey } from '../../src/telemetry/monitor-key.ts'

test.each([
  ['/usr/local/bin/backup --full >/dev/null 2>&1', 'backup-full'],
  ['cd /srv/shop && php artisan schedule:run >> /dev/null 2>&1', 'artisan-schedule-run'],
  ['cd / && run-parts --report /etc/cron.hourly', 'cron-hourly'],
  ['test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )', 'cron-daily'],
  ['test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }', 'cron-weekly'],
  ['command -v debian-sa1 > /dev/null && debian-sa1 1 2', 'debian-sa1-1-2'],
  [
    '[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi',
    'sessionclean',
  ],
  [
    "test -x /usr/bin/certbot -a \\! -d /run/systemd/system && perl -e 'sleep int(rand(43200))' && certbot -q renew",
    'certbot-renew',
  ],
  ['flock -n /tmp/sync.lock -c "rsync -a /data/ mirror:/data/"', 'rsync-data'],
  [
    'sudo -u www-data nice -n 10 /usr/bin/php7.4 -q -d memory_limit=1G /var/www/shop/cron.php > /dev/null',
    'shop-cron',
  ],
  ['cd /srv/reports && ./run.sh', 'reports-run'],
  [
    '/srv/venv/bin/python /srv/app/manage.py clearsessions --settings=app.prod',
    'manage-clearsessions-settings-app-prod',
  ],
  ['python3 -m http.cleanup', 'http-cleanup'],
  ['bundle exec rake db:purge RAILS_ENV=production', 'rake-db-purge'],
  [
    'curl -fsS "https://user:pw@example.com/wp-cron.php?token=SECRET" > /dev/null',
    'curl-example-com-wp-cron-php',
  ],
  [
    'mysqldump -u root -p SECRET --password=SECRET --token SECRET shop | gzip > /b/$(date +%F).gz',
    'mysqldump-shop',
  ],
  ['mysqldump -pSECRET shop', 'mysqldump-shop'],
  ['deploy 9f86d081884c7d659a2feaa0c55ad015 prod', 'deploy-prod'],
  ['FOO=bar env A=b timeout -k 5 10m /opt/x/report.sh daily', 'report-daily'],
  ['bash -lc "cd /srv/app && bin/rails runner Cleanup.run"', 'rails-runner-cleanup-run'],
  ['find /tmp -mtime +7 -delete', 'find-tmp-7'],
  ['runitor -uuid 2f1d-4a -- /opt/x/report.sh daily', 'report-daily'],
  ['echo hello', 'echo-hello'],
  ['sleep 30; date', 'sleep-30'],
  ['', 'job'],
  ['# nothing', 'job'],
  ['/opt/\xd0\xb0\xd0\xb1', 'job'],
  ["'/opt/my tools/clean up' a", 'clean-up-a'],
])('%s is %s', (command, slug) => {
  expect(jobSlug(command)).toBe(slug)
})

describe('keys', () => {
  test('the host and then a number tell apart what has the same name', () => {
    const taken = new Set<string>()
    const next = () => {
      const key = jobKey('backup', 'web1.example.com', taken)
      taken.add(key)
      return key
    }
    expect([next(), next(), next(), next()]).toEqual([
      'backup',
      'backup-web1',
      'backup-web1-2',
      'backup-web1-3',
    ])
  })

  test('a line that is moved keeps its key', () => {
    const lines = ['0 1 * * * a/backup', '0 1 * * * b/backup', '0 2 * * * a/backup', '0 3 * * * other']
    const keysOf = (order: readonly string[]) => {
      const file = parseCrontab(`${order.join('\n')}\n`, { dialect: 'debian', hasUserColumn: false })
      const jobs = file.lines.filter(line => line.kind === 'job')
      const keys = jobKeys(jobs, 'debian', 'web1', new Set(['other']))
      return new Map(jobs.map(({ text, number }) => [text, keys.get(number)]))
    }
    const keys = keysOf(lines)
    expect([...keys.values()]).toEqual(['backup', 'backup-web1-2', 'backup-web1', 'other-web1'])
    expect(keysOf(lines.toReversed())).toEqual(keys)
  })

  test('every command has a valid key that a shell does not change', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.boolean(), (command, host, isTaken) => {
        const first = jobKey(command, host, new Set())
        const key = isTaken ? jobKey(command, host, new Set([first])) : first
        expect(checkMonitorKey(key)).toBeUndefined()
        expect(key).toMatch(/^[a-z0-9][a-z0-9-]{0,127}$/)
        expect(isTaken && key === first).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})
