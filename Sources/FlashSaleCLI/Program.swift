// The entry point of `flashsale`.

import Threads

@main
enum Program {
    static func main() {
        ProgramEntry.run { await FlashSaleCommand.main() }
    }
}
