// The entry point of `flashsale-load`.

import ArgumentParser
import Dispatch
import Glibc
import Textbook

@main
enum Program {
    /// Not async: the runtime of an async entry opens files of its own before its first line.
    static func main() {
        ProcessOne.endsBySignals()
        _ = Descriptors.closedStreams
        Task {
            await LoadCommand.main()
            exit(0)
        }
        dispatchMain()
    }
}
