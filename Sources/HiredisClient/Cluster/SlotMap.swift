// Which master of a cluster serves which slot, as its nodes tell.

/// The masters of a cluster, and their slots.
struct SlotMap: Equatable, Sendable {
    private static let nobody = UInt16.max

    private(set) var masters: [RedisConfiguration.Address] = []
    /// For each slot the master's index.
    private var owners = Array(repeating: SlotMap.nobody, count: RedisSlot.count)

    /// A map of nothing.
    init() {}

    /// Reads the reply to CLUSTER SLOTS. A master whose address the node does not know serves no slot.
    ///
    /// - Parameter node: whom the reply is from: a master without a host of its own has this one's.
    /// - Throws: `RedisError` if it is no such reply.
    init(_ reply: RedisReply, from node: RedisConfiguration.Address) throws(RedisError) {
        guard let ranges = reply.array else { throw Self.malformed }
        for range in ranges {
            guard let parts = range.array, parts.count > 2, let first = parts[0].integer, let last = parts[1].integer,
                0 <= first, first <= last, last < RedisSlot.count, let master = parts[2].array, master.count > 1
            else { throw Self.malformed }
            guard let address = node.neighbour(host: master[0].string ?? "", port: master[1].integer) else { continue }
            let index = index(of: address) ?? masters.count
            if index == masters.count { masters.append(address) }
            for slot in first...last { owners[Int(slot)] = UInt16(index) }
        }
    }

    private static let malformed = RedisError(.protocol, "CLUSTER SLOTS returned an unknown reply")

    /// The index of the slot's master; nil if it has none.
    func index(of slot: RedisSlot) -> Int? {
        let owner = owners[slot.number]
        return owner == Self.nobody ? nil : Int(owner)
    }

    /// Whether this master serves the slot.
    func serves(_ slot: RedisSlot, by master: RedisConfiguration.Address) -> Bool {
        index(of: slot).map { masters[$0] == master } ?? false
    }

    func index(of master: RedisConfiguration.Address) -> Int? { masters.firstIndex(of: master) }

    /// How many slots have a master.
    var slotCount: Int { owners.count { $0 != Self.nobody } }

    /// Whether every slot has one.
    var isWhole: Bool { !owners.contains(Self.nobody) }

    /// Gives a slot to a master that the map knows.
    mutating func move(_ slot: RedisSlot, to master: RedisConfiguration.Address) {
        if let index = index(of: master) { owners[slot.number] = UInt16(index) }
    }
}

/// What a node says that does not serve a slot: where the slot is.
struct MovedSlot: Equatable, Sendable {
    let slot: RedisSlot
    let master: RedisConfiguration.Address

    /// Reads "MOVED slot host:port"; nil for any other error.
    init?(_ error: RedisError, from node: RedisConfiguration.Address) {
        let words = error.message.split(separator: " ")
        guard error.isMoved, words.count == 3, let slot = Int(words[1]), (0..<RedisSlot.count).contains(slot),
            let colon = words[2].lastIndex(of: ":"),
            let master = node.neighbour(
                host: String(words[2][..<colon]), port: Int64(words[2][words[2].index(after: colon)...]))
        else { return nil }
        self.slot = RedisSlot(number: slot)
        self.master = master
    }
}

extension RedisConfiguration.Address {
    /// The address that this node tells of another: without a host it is this one's, and "?" is none.
    fileprivate func neighbour(host: String, port: Int64?) -> RedisConfiguration.Address? {
        guard case .tcp(let own, _) = self, host != "?", let port, (1...65_535).contains(port) else { return nil }
        return .tcp(host: host.isEmpty ? own : host, port: Int(port))
    }
}
