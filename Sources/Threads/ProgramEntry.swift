// Where a program begins.

internal import Dispatch
internal import Glibc

/// The entry of a program whose command is async.
public enum ProgramEntry {
    /// Runs a command, and exits with 0 after it. It is not async itself, for the sake of the standard streams.
    public static func run(_ command: @escaping @Sendable () async -> Void) -> Never {
        _ = StandardStreams.closed
        ProcessOne.endsBySignals()
        Task {
            await command()
            exit(0)
        }
        dispatchMain()
    }
}
