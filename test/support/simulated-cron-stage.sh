# Runs the crontabs in the folder $1 under cron, with recorders in the place of the programs that jobs call. It is
# started in a mount namespace of its own. What the jobs have done stays in $1/records, $1/mails and $1/written.
set -e
folder=$1 cron=$2
shift 2
cd "$folder"

mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/real /mnt/records /mnt/mails
chmod 1777 /mnt/records /mnt/mails
mount --bind /usr /mnt/real

# Jobs may write anywhere; it is not kept.
for top in usr etc var opt srv home root; do
  mkdir -p "upper/$top" "/mnt/upper/$top" "/mnt/work/$top"
  cp -a "upper/$top/." "/mnt/upper/$top"
  mount -t overlay overlay -o "lowerdir=/$top,upperdir=/mnt/upper/$top,workdir=/mnt/work/$top" "/$top"
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 1777 /run/lock

status=0
env -i "$@" "$cron" -f -L 15 || status=$?

cp -r /mnt/records /mnt/mails .
mkdir written
for tree in var home srv opt; do
  [ ! -d "/mnt/upper/$tree" ] || cp -r "/mnt/upper/$tree" written/
done
exit "$status"
