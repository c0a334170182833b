// The shops of a deployment, and the hosts that lead to them.

public import FlashSale
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

/// The shops that a deployment serves: `main`, and those that its settings name.
///
/// The list is closed. A shop in a request that is not on it is refused, so no client's text becomes a key or a label.
public struct ShopDirectory: Hashable, Sendable, LosslessStringConvertible {
    private static let entriesMax = 256

    /// `main` first, then the others in the order of the settings.
    public private(set) var all: [ShopID] = [.main]
    /// The shops by host, in lower case and without a port.
    private var hosts: [String: ShopID] = [:]
    public private(set) var description = ""

    /// Only `main`.
    public init() {}

    /// Reads shops with commas between them, each with a host of its own or without: `acme,lego=lego.example`. A shop
    /// with several hosts stands there several times.
    public init?(_ description: String) {
        let entries = description.split(separator: ",", omittingEmptySubsequences: false)
        guard entries.count <= Self.entriesMax else { return nil }
        for entry in entries where !description.isEmpty {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let shop = ShopID(String(parts[0])) else { return nil }
            if !all.contains(shop) { all.append(shop) }
            guard parts.count == 2 else { continue }
            let host = parts[1].lowercased()
            guard Self.isHost(host), hosts.updateValue(shop, forKey: host) == nil else { return nil }
        }
        self.description = description
    }

    /// Whether requests can be of different shops.
    var isChoice: Bool { all.count > 1 }

    /// The shop of a request: the one that `X-Shop-ID` names, or else its host, or else `main`.
    func shop(of request: Request) throws(Problem) -> ShopID {
        if request.headers.first(name: "x-shop-id") != nil { return try named(by: request.values(of: "x-shop-id")) }
        guard !hosts.isEmpty, let host = request.headers.first(name: "host") else { return .main }
        return hosts[host.prefix { $0 != ":" }.withoutRootDot().lowercased()] ?? .main
    }

    private func named(by values: [Substring]) throws(Problem) -> ShopID {
        guard values.count == 1, let shop = ShopID(String(values[0])) else {
            throw .validation([("X-Shop-ID", values.count > 1 ? "must be given once" : ShopID.problem)])
        }
        guard all.contains(shop) else { throw Problem(.shopNotFound) }
        return shop
    }

    private static func isHost(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { ShopID(String($0)) != nil }
    }
}
