// What every change of a sale asks for: which version of which sale, who asks for it, and why.

import ArgumentParser
import FlashSale
import FlashSaleHTTP
import Foundation
import PostgresLedger
import Textbook

struct SaleChangeOptions: ParsableArguments {
    @Option(help: "The sale.")
    var sale: Int32

    @Option(help: "The version of the sale that you have seen, as `sale show` prints it, or * for any.")
    var ifMatch: String

    @Option(help: "Why: a line for the sale's log.")
    var reason: String

    @Option(help: "Who asks for it, for the sale's log; your user, if not given.")
    var actor: String?

    @Option(help: "With the same key the change is made once, however often it is asked for.")
    var idempotencyKey: String?

    @OptionGroup var ledger: SaleLedgerOptions

    func validate() throws {
        _ = try SaleLedgerOptions.sale(sale)
        _ = try version()
        guard SaleChange.isReason(reason) else {
            throw ValidationError("--reason \(SaleChange.reasonProblem).")
        }
        guard isWellFormedIdentifier(name) else {
            throw ValidationError("--actor must be 1 to 64 of A-Z a-z 0-9 . _ : @ -")
        }
        guard idempotencyKey.map({ IdempotencyKey($0) != nil }) ?? true else {
            throw ValidationError("--idempotency-key must be 1 to 64 of A-Z a-z 0-9 . _ : @ -")
        }
    }

    /// Changes the sale and shows it.
    func change(_ act: SaleAct) async throws {
        let id = try SaleLedgerOptions.sale(sale)
        let change = SaleChange(
            act, version: try version(), actor: name, reason: reason, key: idempotencyKey.flatMap(IdempotencyKey.init))
        try await ledger.withCatalog(of: id) { catalog, settings in
            switch try await catalog.change(id, change) {
            case .changed(let sale, _):
                let stock = try await catalog.count(sale)
                let now = try await catalog.agenda().readAt
                ledger.show(sale.lines(stock, at: now)) { $0.managed(sale) }
            case .stale:
                let now = try await catalog.sale(id)?.version
                throw Failure(
                    "sale \(id) has changed since version \(ifMatch)" + (now.map { ": it has version \($0)" } ?? ""))
            case .keyReused: throw Failure("this idempotency key was used for another change of sale \(id)")
            case .overlaps: throw Failure("sale \(id) would overlap another one")
            case .badEnd: throw Failure("--ended-at must be to come, after the sale's start and within 31 days of it")
            case .stockInUse: throw Failure("units of sale \(id) beyond that stock are held or sold")
            case .stockTooLarge:
                throw Failure("--stock-per-item times the sale's items must be at most \(Limits.unitsPerSale)")
            case .itemNotFound: throw Failure("sale \(id) does not have this item")
            case .noWaitingRoom: throw Failure("sale \(id) has no waiting room")
            case .orderNotFound: throw Failure("sale \(id) does not have this order")
            case .nothingToRefund:
                throw Failure("an item that was asked for, or all of the order, was not sold or is refunded already")
            case .unfit: throw Failure("the reason or another value is one that the database cannot take")
            case .inactive: throw Failure("sale \(id) is not on, so this cannot be done to it")
            case .notFound: throw Failure.noSale(id, settings)
            }
        }
    }

    private var name: String { actor ?? Self.name(of: NSUserName(), getuid()) }

    /// Whoever runs the command, as the log has it: by name, or by number if the system has no name, or one with other
    /// signs than the log takes.
    static func name(of user: String, _ id: uid_t) -> String { isWellFormedIdentifier(user) ? user : "uid-\(id)" }

    /// Nil for any.
    private func version() throws -> Int32? {
        if ifMatch == "*" { return nil }
        guard let version = Int32(ifMatch), version > 0 else {
            throw ValidationError("--if-match must be the version of a sale, such as 3, or *.")
        }
        return version
    }
}
