// What a client knows of a cluster: which master serves which slot, and the way to each master. It asks nobody.

/// The map of the slots, and the ways to its masters.
///
/// - Way: leads to a master.
struct ClusterKnowledge<Way> {
    private(set) var map = SlotMap()
    /// In the order of the map's masters.
    private(set) var ways: [Way] = []
    /// Why there is no map.
    var problem = RedisError(.connectionFailed, "not connected yet")

    /// Takes a new map.
    ///
    /// - Parameter makeWay: to a master that the former map did not have.
    /// - Returns: the ways that are new, and those that lead to no master any more.
    mutating func adopt(
        _ new: SlotMap, makeWay: (RedisConfiguration.Address) -> Way
    ) -> (opened: [Way], left: [Way]) {
        let former = (map, ways)
        var opened: [Way] = []
        ways = new.masters.map { master in
            if let index = former.0.index(of: master) { return former.1[index] }
            opened.append(makeWay(master))
            return opened[opened.count - 1]
        }
        map = new
        return (opened, zip(former.0.masters, former.1).filter { new.index(of: $0.0) == nil }.map(\.1))
    }

    /// Takes an error of a master for what it says of the map: what MOVED names counts at once.
    mutating func note(_ error: RedisError, from master: RedisConfiguration.Address) {
        if let moved = MovedSlot(error, from: master) { map.move(moved.slot, to: moved.master) }
    }

    /// The way to the master of a slot.
    func way(to slot: RedisSlot) throws(RedisError) -> Way {
        guard !ways.isEmpty else { throw problem }
        guard let index = map.index(of: slot) else { throw map.unserved }
        return ways[index]
    }
}

extension ClusterKnowledge: Sendable where Way: Sendable {}

extension SlotMap {
    /// That slots have no master.
    var unserved: RedisError {
        RedisError(.connectionFailed, "only \(slotCount) of the cluster's \(RedisSlot.count) slots have a master")
    }
}
