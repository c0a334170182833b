// The names of a sale's keys in Redis, and the marker that says which of them count.
//
// All keys of a sale share a hash tag, so that Redis Cluster keeps them on one node. The tag begins with the ledger's
// identity, so that ledgers that share a Redis do not share a key. The scripts that write a key describe its value:
// reserve.lua, buyers.lua, load_begin.lua.

internal import FlashSale
internal import HiredisClient
internal import Telemetry

/// The keys of one sale under one epoch.
struct SaleKeys: Sendable {
    let ledger: LedgerID
    let sale: SaleID
    let epoch: Int32
    /// The slot of all of them.
    let slot: RedisSlot
    /// The marker and the four data keys, in the order of every script's arguments.
    private(set) var arguments: RedisArguments

    init(_ ledger: LedgerID, _ sale: SaleID, epoch: Int32) {
        self.ledger = ledger
        self.sale = sale
        self.epoch = epoch
        slot = RedisSlot(of: Self.key(ledger, sale, "marker"))
        arguments = RedisArguments()
        for key in [marker, free, sold, held, buyers] { arguments.append(key) }
    }

    var marker: String { Self.key(ledger, sale, "marker") }
    var free: String { data("free") }
    var sold: String { data("sold") }
    var held: String { data("held") }
    var buyers: String { data("buyers") }
    /// The key of the token of a load in progress.
    var load: String { Self.key(ledger, sale, "load") }
    /// The key of the facts that are kept for a load in progress.
    var keptFacts: String { Self.key(ledger, sale, "facts") }

    /// A key of the proof. It exists only while the script runs, so that ledgers may share it.
    static func proof(_ number: Int) -> String { "flashsale:{proof:\(number)}" }

    /// What the keys of the locks of a sale's codes begin with, during their purchases. The code's digits follow.
    static func locks(of sale: SaleID, in ledger: LedgerID) -> String { key(ledger, sale, "lock:") }

    /// The key of the lock of a duty for all sales.
    static func lock(of duty: Duty, in ledger: LedgerID) -> String {
        "flashsale:{\(ledger):\(duty.rawValue)}:lock"
    }

    /// The key of the lock of a duty for one sale: it can be had exactly where the sale's gate can.
    static func lock(of duty: Duty, for sale: SaleID, in ledger: LedgerID) -> String {
        key(ledger, sale, duty.rawValue)
    }

    private func data(_ name: String) -> String { Self.key(ledger, sale, "\(epoch):\(name)") }

    private static func key(_ ledger: LedgerID, _ sale: SaleID, _ name: String) -> String {
        "flashsale:{\(ledger):\(sale)}:\(name)"
    }
}

/// The marker's value: the loaded epoch, the run of Redis into which it was loaded, and the stock of an item.
///
/// Another stock gives every unit another ordinal. A caller that does not know of it yet must not write, whoever told
/// it the epoch, so to that caller the sale is not loaded.
///
/// A Redis that comes back with old keys, from its append-only file or as a promoted replica, has another `run_id`. Its
/// keys may lack what the ledger has committed since, so they do not count.
struct Marker: Hashable, Sendable {
    let epoch: Int32
    let runID: String
    let stockPerItem: Int32

    init(epoch: Int32, runID: String, stockPerItem: Int32) {
        self.epoch = epoch
        self.runID = runID
        self.stockPerItem = stockPerItem
    }

    init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[1].isEmpty, let epoch = Int32(parts[0]), let stock = Int32(parts[2]) else {
            return nil
        }
        self.init(epoch: epoch, runID: String(parts[1]), stockPerItem: stock)
    }

    var text: String { "\(epoch) \(runID) \(stockPerItem)" }
}

extension CheckoutCode {
    /// The code of a sale by its digits.
    init?(sale: SaleID, digits: some StringProtocol) {
        self.init("CHK-\(sale)-\(digits)")
    }
}
