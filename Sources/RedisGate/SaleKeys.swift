// The names of a sale's keys in Redis, and the marker that says which of them count.
//
// All keys of a sale share a hash tag, so that Redis Cluster keeps them on one node. The scripts that write a key
// describe its value: reserve.lua, buyers.lua, load_begin.lua.

internal import FlashSale
internal import HiredisClient

/// The keys of one sale under one epoch.
struct SaleKeys: Sendable {
    let sale: SaleID
    let epoch: Int32
    /// The marker and the four data keys, in the order of every script's arguments.
    let arguments: RedisArguments

    init(_ sale: SaleID, epoch: Int32) {
        self.sale = sale
        self.epoch = epoch
        var arguments = RedisArguments()
        arguments.append(Self.marker(of: sale))
        for name in ["free", "sold", "held", "buyers"] { arguments.append("{\(sale)}:\(epoch):\(name)") }
        self.arguments = arguments
    }

    var free: String { "{\(sale)}:\(epoch):free" }
    var sold: String { "{\(sale)}:\(epoch):sold" }
    var held: String { "{\(sale)}:\(epoch):held" }
    var buyers: String { "{\(sale)}:\(epoch):buyers" }

    /// The key of the marker.
    static func marker(of sale: SaleID) -> String { "{\(sale)}:marker" }

    /// The key of the token of a load in progress.
    static func load(of sale: SaleID) -> String { "{\(sale)}:load" }

    /// The key of the facts that are kept for a load in progress.
    static func keptFacts(of sale: SaleID) -> String { "{\(sale)}:facts" }

    /// The key of a code's lock during its purchase.
    static func lock(of code: CheckoutCode) -> String { "{\(code.sale)}:lock:\(code.digits)" }
}

/// The marker's value: the loaded epoch, and the run of Redis into which it was loaded.
///
/// A Redis that comes back with old keys, from its append-only file or as a promoted replica, has another `run_id`. Its
/// keys may lack what the ledger has committed since, so they do not count.
struct Marker: Hashable, Sendable {
    let epoch: Int32
    let runID: String

    init(epoch: Int32, runID: String) {
        self.epoch = epoch
        self.runID = runID
    }

    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let epoch = Int32(parts[0]) else { return nil }
        self.init(epoch: epoch, runID: String(parts[1]))
    }

    var text: String { "\(epoch) \(runID)" }
}

extension CheckoutCode {
    /// The code of a sale by its digits.
    init?(sale: SaleID, digits: some StringProtocol) {
        self.init("CHK-\(sale)-\(digits)")
    }
}
