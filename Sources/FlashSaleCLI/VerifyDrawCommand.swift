// `flashsale verify-draw`: checks a draw, and computes a buyer's number in it.

import ArgumentParser
import FlashSale
import WaitingRoom

struct VerifyDrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-draw",
        abstract: "Check that a seed is the one that a sale committed to, and print a buyer's number.",
        discussion: "GET /sales/{id}/queue shows the commit, and after the start the seed and n.")

    @Option(help: "The seed of the draw.")
    var seed: String

    @Option(help: "The commit that was shown before the start.")
    var commit: String

    @Option(help: "The count of tickets, n.")
    var count: Int32

    @Option(help: "The sale.")
    var sale: String

    @Option(help: "The buyer.")
    var buyer: String

    func run() throws {
        guard let seed = DrawSeed(seed) else { throw Failure("--seed must be 64 of 0-9 a-f") }
        guard count > 0 else { throw Failure("--count must be at least 1") }
        guard let sale = SaleID(sale) else { throw Failure("--sale must be the id of a sale") }
        guard let buyer = BuyerID(buyer) else { throw Failure("--buyer must be 1 to 64 of A-Z a-z 0-9 . _ : @ -") }
        guard seed.commit == commit else { throw Failure("the seed is not the one of this commit: \(seed.commit)") }
        print(seed.number(of: buyer, in: sale, among: count))
    }
}
