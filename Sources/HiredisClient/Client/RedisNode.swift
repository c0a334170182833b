// One server and its lanes, one for each event loop.

internal import NIOCore
internal import NIOPosix
internal import Synchronization

final class RedisNode: Sendable {
    let lanes: [RedisLane]
    private let lanesByLoop: [ObjectIdentifier: RedisLane]
    private let nextLane = Atomic<Int>(0)
    private let isRetired = Watched(false)

    /// - Parameter openings: one for each event loop.
    init(_ openings: [Opening]) {
        lanes = openings.map { RedisLane($0) }
        lanesByLoop = Dictionary(zip(openings.map { ObjectIdentifier($0.eventLoop) }, lanes)) { first, _ in first }
    }

    /// Keeps each lane by `keep` until the task is cancelled or the node retires.
    func run(_ keep: @escaping @Sendable (RedisLane) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for lane in lanes { group.addTask { await keep(lane) } }
            await isRetired.wait { $0 }
            group.cancelAll()
        }
    }

    /// Ends `run` and the connections.
    func retire() {
        isRetired.update { $0 = true }
    }

    /// Returns once every lane has a connection, or when the task is cancelled.
    func connected() async {
        for lane in lanes { await lane.connected() }
    }

    /// The connection of the caller's event loop, else the next in turn, else any; or why there is none.
    var connection: Result<RedisConnection, RedisError> {
        let index = nextLane.wrappingAdd(1, ordering: .relaxed).oldValue
        let own = MultiThreadedEventLoopGroup.currentEventLoop.flatMap { lanesByLoop[ObjectIdentifier($0)] }
        let first = (own ?? lanes[Int(UInt(bitPattern: index) % UInt(lanes.count))]).connection
        if case .success = first { return first }
        return lanes.lazy.map(\.connection).first { if case .success = $0 { true } else { false } } ?? first
    }
}
