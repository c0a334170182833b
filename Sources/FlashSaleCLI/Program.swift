// The entry point of `flashsale`.

import Dispatch
@preconcurrency import Glibc
import Threads

@main
enum Program {
    /// Not async, for the sake of the standard streams.
    static func main() {
        _ = StandardStreams.closed
        ProcessOne.endsBySignals()
        ProgramArguments.endsWithout()
        Task {
            await FlashSaleCommand.main()
            exit(0)
        }
        dispatchMain()
    }
}
