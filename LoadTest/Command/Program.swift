// The entry point of `flashsale-load`.

import ArgumentParser
import Threads

@main
enum Program {
    static func main() {
        ProgramEntry.run { await LoadCommand.main() }
    }
}
