// A Redis Cluster whose slots move and whose nodes die, and a client that finds the slots by what nodes tell.

import Textbook

@testable import HiredisClient

/// Six nodes, of which three are masters, and a client with the decisions of ``ClusterKnowledge`` and
/// ``ClusterInquiry``. Each node goes by what it has heard, which may be old.
struct ClusterWorld: World {
    private typealias Address = RedisConfiguration.Address

    private struct Node {
        var isAlive = true
        /// Whether it reaches most masters. If not, it serves nothing, and tells of a cluster that was.
        var isUp = true
        /// By slot: the node that serves it, by what this one has heard.
        var owners: [Int]
        /// Of the last change that it has heard of.
        var epoch: Int64
    }

    /// A slot that leaves its node, key by key.
    private struct Journey {
        let target: Int
        var hasBegun = false
    }

    private enum Reply {
        case done
        case error(RedisError)
        /// The connection has ended before the command was sent.
        case lost
    }

    private static let slotCount = 8
    private static let addresses = (0..<6).map { Address.tcp(host: "node-\($0)", port: 7_000 + $0) }

    private let flaw: Flaw?
    private var nodes: [Node]
    private var masters = [0, 1, 2]
    private var owners: [Int]
    private var epoch: Int64 = 1
    private var journeys: [Int: Journey] = [:]

    // The client.
    private var known = ClusterKnowledge<Int>()
    /// Whether it is to ask the nodes again.
    private var wishes = true
    /// By slot: the node that MOVED has named since the nodes were asked.
    private var named: [Int: Int] = [:]

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
        owners = (0..<Self.slotCount).map { $0 % 3 }
        nodes = Array(repeating: Node(owners: owners, epoch: 1), count: Self.addresses.count)
    }

    mutating func step(_ generator: inout SplitMix64) async throws {
        let (node, slot) = (
            Int.random(in: 0..<nodes.count, using: &generator), Int.random(in: 0..<Self.slotCount, using: &generator)
        )
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: if nodes[node].isAlive { hear(node) }
        case 1: begin(slot, to: masters[node % 3])
        case 2: journeys[slot]?.hasBegun = true
        case 3: arrive(slot)
        case 4: die(node)
        case 5: replaceTheDead()
        case 6:
            // It comes back with what it knew, and serves nothing before it has heard the others.
            if !nodes[node].isAlive, !masters.contains(node) { (nodes[node].isAlive, nodes[node].isUp) = (true, false) }
        case 7: cutOff(node, &generator)
        case 8..<10: if wishes { try inquire() }
        default: _ = try call(slot)
        }
    }

    /// When the cluster rests, the client finds each slot: at once, or once it has asked the nodes as it wished to.
    mutating func finish(_ generator: inout SplitMix64) async throws {
        for slot in 0..<Self.slotCount { arrive(slot) }
        for node in nodes.indices where nodes[node].isAlive { hear(node) }
        replaceTheDead()
        for node in nodes.indices where nodes[node].isAlive { hear(node) }
        for slot in 0..<Self.slotCount {
            if try call(slot) { continue }
            if wishes { try inquire() }
            try require(try call(slot), "slot \(slot) is not found in a cluster that rests")
        }
    }

    // MARK: - The cluster

    private mutating func change(heardBy hearers: [Int], _ body: (inout Self) -> Void) {
        body(&self)
        epoch += 1
        for node in hearers { hear(node) }
    }

    /// A node hears of the last change, and reaches the others.
    private mutating func hear(_ node: Int) {
        // Alone it may have tried to be elected, which counts too.
        if nodes[node].epoch > epoch { epoch = nodes[node].epoch + 1 }
        (nodes[node].isUp, nodes[node].owners, nodes[node].epoch) = (true, owners, epoch)
    }

    private mutating func begin(_ slot: Int, to target: Int) {
        let source = owners[slot]
        guard journeys[slot] == nil, source != target, isFit(source), isFit(target) else { return }
        journeys[slot] = Journey(target: target)
    }

    private mutating func arrive(_ slot: Int) {
        guard let journey = journeys.removeValue(forKey: slot), isFit(owners[slot]), isFit(journey.target)
        else { return }
        change(heardBy: [owners[slot], journey.target]) { $0.owners[slot] = journey.target }
    }

    /// Not before the last master that died is replaced.
    private mutating func die(_ node: Int) {
        guard masters.allSatisfy({ nodes[$0].isAlive }), nodes.count(where: \.isAlive) > 4 else { return }
        nodes[node].isAlive = false
        journeys = journeys.filter { slot, journey in owners[slot] != node && journey.target != node }
        if known.ways.contains(node), flaw != .isBlindToLosses { wishes = true }
    }

    private mutating func replaceTheDead() {
        guard let place = masters.firstIndex(where: { !nodes[$0].isAlive }),
            let heir = nodes.indices.first(where: { isFit($0) && !masters.contains($0) })
        else { return }
        let dead = masters[place]
        masters[place] = heir
        change(heardBy: [heir]) { world in
            for slot in world.owners.indices where world.owners[slot] == dead { world.owners[slot] = heir }
        }
    }

    private mutating func cutOff(_ node: Int, _ generator: inout SplitMix64) {
        guard nodes.allSatisfy({ $0.isAlive && $0.isUp }) else { return }
        nodes[node].isUp = false
        nodes[node].epoch += Int64.random(in: 0...3, using: &generator)
    }

    private func isFit(_ node: Int) -> Bool { nodes[node].isAlive && nodes[node].isUp }

    /// What a node answers to a command for a slot.
    private func ask(_ node: Int, _ slot: Int) throws -> Reply {
        guard nodes[node].isAlive else { return .lost }
        guard nodes[node].isUp else { return .error(RedisError(reply: "CLUSTERDOWN The cluster is down")) }
        let owner = nodes[node].owners[slot]
        guard owner == node else { return .error(RedisError(reply: "MOVED \(slot) \(Self.addresses[owner])")) }
        if let journey = journeys[slot], journey.hasBegun {
            return .error(RedisError(reply: "ASK \(slot) \(Self.addresses[journey.target])"))
        }
        try require(owners[slot] == node, "node \(node) serves slot \(slot), which is another's")
        return .done
    }

    // MARK: - The client

    /// A call, with one retry at most.
    ///
    /// - Returns: whether it was done.
    private mutating func call(_ slot: Int) throws -> Bool {
        guard let first = try? known.way(to: RedisSlot(number: slot)) else { return false }
        if let named = named[slot] {
            try require(first == named, "slot \(slot) is at node \(named), as MOVED said, and node \(first) is asked")
        }
        guard let error = try take(ask(first, slot), of: first, slot) else { return true }
        let isOfMap = error.isOfMap || error.code == .connectionFailed
        try require(wishes || !isOfMap, "nobody asks the nodes again after \(error.message)")
        if error.code == .server(prefix: "ASK"), flaw == .followsAsk {
            throw Breach("a half of slot \(slot) is asked, where it has not arrived")
        }
        guard error.isMoved else { return false }
        let next = try known.way(to: RedisSlot(number: slot))
        guard next != first || flaw == .asksAgainWhereItIsNot else { return false }
        try require(next != first, "node \(first) is asked again for slot \(slot), which it does not serve")
        return try take(ask(next, slot), of: next, slot) == nil
    }

    /// Learns from a reply. Nil if the command was done.
    private mutating func take(_ reply: Reply, of node: Int, _ slot: Int) throws -> RedisError? {
        switch reply {
        case .done: return nil
        case .lost:
            if flaw != .isBlindToLosses { wishes = true }
            return RedisError(.connectionFailed, "lost")
        case .error(let error):
            if error.isOfMap { wishes = true }
            if flaw != .forgetsMoved { known.note(error, from: Self.addresses[node]) }
            if let moved = MovedSlot(error, from: Self.addresses[node]), known.map.index(of: moved.master) != nil {
                named[slot] = Self.addresses.firstIndex(of: moved.master)
            }
            return error
        }
    }

    /// Asks the nodes, all that live, for the map.
    private mutating func inquire() throws {
        wishes = false
        named = [:]
        var inquiry = ClusterInquiry()
        for (node, place) in zip(nodes, Self.addresses) where node.isAlive {
            let ranges = node.owners.enumerated().map { slot, owner -> RedisReply in
                guard case .tcp(let host, let port) = Self.addresses[owner] else { return .null }
                let master = [RedisReply.bulk(Array(host.utf8)), .integer(Int64(port))]
                return .array([.integer(Int64(slot)), .integer(Int64(slot)), .array(master)])
            }
            let state = node.isUp || flaw == .believesTheCutOff ? "ok" : "fail"
            let map = try SlotMap(.array(ranges), from: place)
            inquiry.take(
                .success(
                    ClusterInquiry.Answer(
                        map, info: "cluster_state:\(state)\r\ncluster_current_epoch:\(node.epoch)\r\n")))
        }
        _ = known.adopt(try inquiry.map()) { Self.addresses.firstIndex(of: $0) ?? -1 }
        let latest = nodes.filter { $0.isAlive && $0.isUp }.max { $0.epoch < $1.epoch }
        guard let latest else { return }
        for slot in 0..<Self.slotCount {
            let found = try known.way(to: RedisSlot(number: slot))
            try require(
                found == latest.owners[slot], "the map has slot \(slot) at node \(found), as nobody says who is whole")
        }
    }
}
