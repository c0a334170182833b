// The entry point of `flashsale-load`.

import ArgumentParser
import Dispatch
import Glibc
import Threads

@main
enum Program {
    /// Not async, for the sake of the standard streams.
    static func main() {
        _ = StandardStreams.closed
        ProcessOne.endsBySignals()
        ProgramArguments.endsWithout()
        Task {
            await LoadCommand.main()
            exit(0)
        }
        dispatchMain()
    }
}
