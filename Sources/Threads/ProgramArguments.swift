// What a program needs of the system before it can be told anything.

internal import Glibc

/// The arguments of a program, which it reads from /proc.
enum ProgramArguments {
    /// Ends a program that cannot know its arguments: the runtime reads them from /proc, and finds none where that is
    /// not mounted, not even the program's name. Then every command would be the one that prints the help.
    static func endsWithout() {
        guard CommandLine.arguments.isEmpty else { return }
        let sentence: StaticString = "Error: /proc is not mounted, so the program's arguments cannot be read\n"
        _ = write(STDERR_FILENO, sentence.utf8Start, sentence.utf8CodeUnitCount)
        exit(1)
    }
}
