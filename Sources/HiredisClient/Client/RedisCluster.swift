// A cluster of servers: it learns which master serves which slot, and keeps lanes to those masters.
//
//     no map ──(a node answers)──► a map ──(a lost connection, MOVED, CLUSTERDOWN, slots without a master)──┐
//                                    ▲ └─────────────────────(asked again)───────────────────────────────────┘
//
// Trust rule: a map may be old, and a node that is asked may be cut off. So nothing depends on the map but where a
// command goes: a node serves what is its own, and says MOVED for the rest. What MOVED says counts at once for that
// slot, until the nodes are asked again.

internal import Synchronization
internal import Textbook

final class RedisCluster: Sendable {
    enum Event {
        case known(SlotMap, isNew: Bool)
        case failed(RedisError)
    }

    /// The pauses between inquiries. The shortest is 100 ms: half of the minimum.
    private static let pauses = Backoff.Bounds(minimum: .milliseconds(200), maximum: .seconds(1))

    private let seeds: [RedisConfiguration.Address]
    private let openings: [Opening]
    private let state = Watched(ClusterKnowledge<RedisNode>())
    /// One for each wish to ask the nodes; those that come while one waits are one.
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation

    /// - Parameter openings: one for each event loop, without a place.
    init(_ seeds: [RedisConfiguration.Address], _ openings: [Opening]) {
        self.seeds = seeds
        self.openings = openings
        (wishes, wish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Keeps each lane to a master by `keep`, and the map, until the task is cancelled.
    func run(_ keep: @escaping @Sendable (RedisLane) async -> Void, _ report: (Event) -> Void) async {
        await withDiscardingTaskGroup { group in
            var backoff = Backoff(Self.pauses)
            var generator = SystemRandomNumberGenerator()
            var endedAt = ContinuousClock.now
            askAgain()
            for await _ in wishes {
                backoff.reset(after: ContinuousClock.now - endedAt)
                do throws(RedisError) {
                    let map = try await inquire().map()
                    let isNew = map != state.read(\.map)
                    if isNew { for node in adopt(map) { group.addTask { await node.run(keep) } } }
                    report(.known(map, isNew: isNew))
                    if !map.isWhole { askAgain() }
                } catch {
                    state.update { $0.problem = error }
                    report(.failed(error))
                    askAgain()
                }
                try? await Task.sleep(for: backoff.next(using: &generator))
                endedAt = .now
            }
            group.cancelAll()
        }
        state.update { state in
            state = ClusterKnowledge()
            state.problem = RedisError(.connectionFailed, "the client has been shut down")
        }
    }

    /// Asks the nodes again, soon.
    func askAgain() {
        wish.yield()
    }

    /// The lanes to the masters.
    var lanes: [RedisLane] { state.read { $0.ways.flatMap(\.lanes) } }

    /// Returns once there is a map and every lane has its connection, or when the task is cancelled.
    func connected() async {
        await state.wait { !$0.ways.isEmpty }
        for node in state.read(\.ways) { await node.connected() }
    }

    /// The connection to the master of a slot; without a slot, to any.
    func connection(to slot: RedisSlot?) -> Result<RedisConnection, RedisError> {
        state.read { state in
            guard let slot else {
                let connections = state.ways.lazy.map(\.connection)
                return connections.first { if case .success = $0 { true } else { false } }
                    ?? connections.first ?? .failure(state.problem)
            }
            do throws(RedisError) {
                return try state.way(to: slot).connection
            } catch {
                return .failure(error)
            }
        }
    }

    /// A connection to each master, or why there is not one for each slot.
    func connections() throws(RedisError) -> [RedisConnection] {
        let state = state.value
        guard !state.ways.isEmpty else { throw state.problem }
        guard state.map.isWhole else { throw state.map.unserved }
        var connections: [RedisConnection] = []
        for (master, node) in zip(state.map.masters, state.ways) {
            do throws(RedisError) {
                connections.append(try node.connection.get())
            } catch {
                throw RedisError(error.code, "\(master): \(error.message)", underlying: error)
            }
        }
        return connections
    }

    /// Opens a connection to every master and closes it again. It needs no `run`.
    ///
    /// - Throws: `RedisError`; first of all one with the code `configuration`, also of a seed.
    func meet() async throws(RedisError) -> [RedisServer] {
        let inquiry = await inquire()
        let map = try inquiry.map()
        if let misfit = inquiry.misfit { throw misfit }
        let meetings = await withTaskGroup(of: Result<RedisServer, RedisError>.self) { group in
            for master in map.masters {
                let opening = openings[0].placed(at: master, watching: SlotWatch { map.serves($0, by: master) })
                group.addTask { await opening.meet() }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for case .failure(let error) in meetings where error.code == .configuration { throw error }
        guard map.isWhole else { throw map.unserved }
        var servers: [RedisServer] = []
        for meeting in meetings { servers.append(try meeting.get()) }
        return servers
    }

    /// Takes a new map.
    ///
    /// - Returns: the nodes that are new in it.
    private func adopt(_ map: SlotMap) -> [RedisNode] {
        var (opened, left): ([RedisNode], [RedisNode]) = ([], [])
        state.update { (opened, left) = $0.adopt(map) { node(at: $0) } }
        for node in left { node.retire() }
        return opened
    }

    private func node(at master: RedisConfiguration.Address) -> RedisNode {
        let watch = SlotWatch(
            serves: { [state] slot in state.read { $0.map.serves(slot, by: master) } },
            note: { [self] in note($0, from: master) })
        return RedisNode(openings.map { $0.placed(at: master, watching: watch) })
    }

    /// Takes an error of a master for what it says of the map.
    private func note(_ error: RedisError, from master: RedisConfiguration.Address) {
        // Most errors say nothing of it, and then nobody who waits for a map is woken.
        guard error.isOfMap else { return }
        state.update { $0.note(error, from: master) }
        askAgain()
    }

    /// Asks the seeds and the masters, all at once.
    private func inquire() async -> ClusterInquiry {
        let state = state.value
        let known = Dictionary(zip(state.map.masters, state.ways)) { first, _ in first }
        return await withTaskGroup(of: Result<ClusterInquiry.Answer, RedisError>.self) { group in
            for node in Set(seeds).union(known.keys) {
                let connection = try? known[node]?.connection.get()
                group.addTask { [opening = openings[0]] in await opening.askForSlots(node, over: connection) }
            }
            return await group.reduce(into: ClusterInquiry()) { $0.take($1) }
        }
    }
}
