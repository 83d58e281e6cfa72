# Completions of cronitor and cronitor-exec for fish, written by `cronitor completions fish`.

# Sets __cronitor_path to the command that the words up to the cursor name, such as `spool list`, and __cronitor_rest to the number
# of arguments behind it. In a job's command line, __cronitor_job is its words. $argv[1] is the program.
function __cronitor_read
    set -l words (commandline -opc)
    set -l ended no
    set -e words[1]
    set -g __cronitor_path $argv[1]
    set -g __cronitor_rest 0
    set -g __cronitor_helping no
    set -g __cronitor_in_job no
    set -g __cronitor_job
    while set -q words[1]
        set -l word $words[1]
        if test $__cronitor_rest -gt 0; and contains -- "$__cronitor_path" 'cronitor exec' cronitor-exec
            set __cronitor_in_job yes
            test "$word" = --; and set -e words[1]
            while string match -qr -- '^[A-Za-z_]\w*=' "$words[1]"
                set -e words[1]
            end
            set __cronitor_job $words
            return
        end
        set -e words[1]
        if test $ended = no; and test "$word" = --
            set ended yes
        else if test $ended = no; and string match -q -- '-?*' $word
            __cronitor_waits "$word"; and set -e words[1]
        else if test "$__cronitor_path" = cronitor; and test "$word" = help
            set __cronitor_helping yes
        else if contains -- "$word" (__cronitor_commands "$__cronitor_path")
            set -a __cronitor_path $word
            set __cronitor_path "$__cronitor_path"
        else
            set __cronitor_rest (math $__cronitor_rest + 1)
        end
    end
    test $__cronitor_rest -gt 0; and contains -- "$__cronitor_path" 'cronitor exec' cronitor-exec
    and set __cronitor_in_job yes
end

# True if the value of the last option in the word is the next word.
function __cronitor_waits
    set -l values (__cronitor_values "$__cronitor_path")
    switch $argv[1]
        case '--*=*'
            return 1
        case '--*'
            contains -- $argv[1] $values
            return
    end
    # Short options can be combined: -vk KEY.
    set -l letters (string split '' -- (string sub -s 2 -- $argv[1]))
    while set -q letters[1]
        if contains -- -$letters[1] $values
            test (count $letters) -eq 1
            return
        end
        set -e letters[1]
    end
    return 1
end

# True if the words up to the cursor are those of the command $argv.
function __cronitor_at
    __cronitor_read $argv[1]
    test "$__cronitor_path" = "$argv"; and test $__cronitor_in_job = no; and test $__cronitor_helping = no
end

# The same if the next word is the first argument.
function __cronitor_first
    __cronitor_at $argv; and test $__cronitor_rest -eq 0
end

# The same if the next word may be the name of a subcommand.
function __cronitor_parent
    __cronitor_read $argv[1]
    test "$__cronitor_path" = "$argv"; and test $__cronitor_rest -eq 0
end

function __cronitor_runs_job
    __cronitor_read $argv[1]
    test $__cronitor_in_job = yes
end

# The program tells the keys: beside cronitor-exec there is a cronitor, and another cronitor on PATH may be the official client.
function __cronitor_keys
    set -l program (command -s -- (commandline -opc)[1]; or command -s -- $argv[1])
    test $argv[1] = cronitor-exec; and set program (dirname (realpath $program[1]))/cronitor
    set -l keys ($program[1] completions --keys 2>/dev/null </dev/null); and printf '%s\n' $keys
end

# A job's command line, as if nothing were in front of it.
function __cronitor_complete_job
    __cronitor_read $argv[1]
    set -l words (string escape -- $__cronitor_job)
    test (count $words) -eq 0; and test (commandline -ct) = --; and return
    complete "-C$(string join " " -- $words (commandline -ct | string collect))"
end

