import { expect, test } from 'vitest'
import { commandNames } from '../../../src/commands/try/command-names.ts'

test.each([
  ['backup --full', ['backup']],
  ['cd /srv && ./run; /opt/x/y | gzip -9 > out 2>&1', ['./run', '/opt/x/y', 'gzip']],
  ['TZ=UTC LANG="de DE" report', ['report']],
  ['if test -x /a; then a; else b; fi && c', ['a', 'b', 'c']],
  ['! grep x y || (foo & bar)', ['grep', 'foo', 'bar']],
  ['for each in a b c; do convert "$each"; done; ls', ['convert', 'ls']],
  ['while read line; do handle; done < list', ['handle']],
  ['exec /usr/bin/php -f x', ['/usr/bin/php']],
  ['exec -a name php', []],
  ['nohup nice php &', ['nice']],
  [`'my program' "another one"`, ['my program']],
  ['echo "$(date; no | matter)" `who` ${X:-"}"} ; next', ['next']],
  ['> /dev/null 2>&1 < in cat', ['cat']],
  ['a # b; c', ['a']],
  ['a\nb', ['a', 'b']],
  ['a \\\n b; c', ['a', 'c']],
  ['{ a; b; } 2>&1', ['a', 'b']],
  ['a=1', []],
  ['', []],
])('of %j they are %j', (command, names) => {
  expect(commandNames(command)).toEqual(names)
})

test.each([
  ['another PATH', 'a; PATH=/opt/bin b; c', ['a']],
  ['an exported one', 'a; export PATH=/opt/bin; b', ['a']],
  ['a file that may define functions', 'a; . /etc/profile && b', ['a']],
  ['a function', 'a; b() { c; }; b', ['a']],
  ['a case', 'a; case $x in b) c ;; esac; d', ['a']],
  ['a here-document', 'a; b <<E\nc\nE', ['a', 'b']],
  ['an open quote', "a; b 'c; d", ['a', 'b']],
])('nothing is claimed behind %s', (_, command, names) => {
  expect(commandNames(command)).toEqual(names)
})

test.each(['$RUN now', '"$HOME"/bin/x', '*.sh', '~/bin/x', 'x$y'])(
  'a name that the shell expands is not known: %s',
  command => {
    expect(commandNames(`${command}; ls`)).toEqual(['ls'])
  },
)
