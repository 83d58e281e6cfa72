import { expect, test } from 'vitest'
import { argumentValue, pamModules } from '../../../../src/commands/try/pam/service-file.ts'

function modulesOf(files: Readonly<Record<string, string>>): readonly string[] {
  const modules = pamModules('cron', path => files[path.replace(/^\/etc\/pam\.d\//, '')])
  return modules.map(({ type, name, args }) => [type, name, ...args].join(' '))
}

test('modules are read in their order, with the files that are included', () => {
  expect(
    modulesOf({
      cron: [
        '# a comment',
        '@include common',
        'session    required   pam_env.so envfile=/etc/default/locale # locale',
        '-session optional /lib/security/pam_x.so [a b] \\',
        '  c',
        'session include other',
        'auth substack other',
      ].join('\n'),
      common: 'session [default=1 success=ok] pam_permit.so\nauth required pam_unix.so nullok\n',
      other: 'session required pam_limits.so\nauth required pam_env.so\n@include common\n',
    }),
  ).toEqual([
    'session pam_permit',
    'auth pam_unix nullok',
    'session pam_env envfile=/etc/default/locale',
    'session pam_x a b c',
    'session pam_limits',
    'session pam_permit',
    'auth pam_env',
    'auth pam_unix nullok',
  ])
})

test('a missing file and files that include each other are no problem', () => {
  expect(modulesOf({})).toEqual([])
  expect(modulesOf({ cron: '@include cron\nsession required pam_env.so\n' }).at(-1)).toBe('session pam_env')
})

test('the last value of an argument is used', () => {
  expect(argumentValue(['debug', 'umask=022', 'umask=077', 'umask='], 'umask')).toBe('077')
  expect(argumentValue(['debug'], 'umask')).toBeUndefined()
})
