// Who listens to which sale's events, and the ticks in which they are told. All listeners of a sale share its view, its
// bytes and its ring; without listeners nothing is read.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import Telemetry
internal import WaitingRoom

/// The streams of a server.
///
///     request ──enter──► LivePass ──begin──► listener, turn by turn ──channel closed──► leave
///
/// A tick reads how each sale stands, once for all, and begins a round on every event loop: each of its listeners gets
/// its turn once, a few at a time, spread over the tick, so that no request waits long behind them.
final class LiveEvents: Sendable {
    private static let tickMin = Duration.milliseconds(250)
    private static let tickPerListener = Duration.microseconds(25)
    private static let listenersPerTurn = 25
    /// The time from one turn to the next, if all turns of a round fit into ``roundShare`` of a tick so.
    private static let pauseMax = Duration.milliseconds(2)
    private static let roundShare = 0.8
    /// How long a round waits for looks that are slow.
    private static let lookShare = 0.2

    private struct State {
        var count = 0
        var networks: [ClientAddress.Network: Int] = [:]
        var topics: [SaleID: (topic: LiveTopic, listeners: Int)] = [:]
    }

    /// The listeners of an event loop.
    private final class Loop {
        var listeners: [ObjectIdentifier: LiveListener] = [:]
        /// Whether listeners wait for their turn. A tick that comes meanwhile is left out: the next has all its news.
        var isInRound = false
    }

    private let flow: SaleRouter
    private let rooms: RoomRouter
    private let limits: HTTPLimits
    private let bounds: ListenerBounds
    private let instruments: LiveInstruments
    private let state = Mutex(State())
    private let looks = LiveLooks()
    private let loops: [ObjectIdentifier: (loop: any EventLoop, box: NIOLoopBoundBox<Loop>)]

    init(
        flow: SaleRouter, rooms: RoomRouter, limits: HTTPLimits, bounds: ListenerBounds, instruments: LiveInstruments,
        group: any EventLoopGroup
    ) {
        self.flow = flow
        self.rooms = rooms
        self.limits = limits
        self.bounds = bounds
        self.instruments = instruments
        let boxes = group.makeIterator().map { loop in
            (ObjectIdentifier(loop), (loop: loop, box: NIOLoopBoundBox.makeBoxSendingValue(Loop(), eventLoop: loop)))
        }
        loops = Dictionary(uniqueKeysWithValues: boxes)
    }

    // MARK: - Coming and going

    /// Counts a listener, and returns how it stands with the sale, unless there are too many, or too many of its
    /// network. `leave` must follow a pass.
    func enter(_ sale: SaleID, of request: Request) async throws(Problem) -> LivePass {
        let network = bounds.boundNetwork(of: request.client)
        let refusal = state.withLock { state -> Reason? in
            if state.count >= limits.liveListeners { return .overloaded }
            if let network, state.networks[network, default: 0] >= limits.liveListenersPerNetwork {
                return .rateLimited
            }
            state.count += 1
            if let network { state.networks[network, default: 0] += 1 }
            state.topics[sale, default: (LiveTopic(), 0)].listeners += 1
            instruments.listeners.set(state.count)
            return nil
        }
        if let refusal { throw Problem(refusal) }
        // The first listener waits for no tick.
        if state.withLock({ $0.topics[sale]?.topic.number == 0 }), let refusal = await look(at: sale) {
            leave(sale, network)
            throw .refusal(refusal)
        }
        let place = state.withLock { $0.topics[sale]?.topic.place(of: request.values(of: "last-event-id").first) }
        return LivePass(sale: sale, network: network, place: place ?? .start, events: self)
    }

    fileprivate func leave(_ sale: SaleID, _ network: ClientAddress.Network?) {
        state.withLock { state in
            state.count -= 1
            if let network {
                let left = state.networks[network, default: 1] - 1
                state.networks[network] = left > 0 ? left : nil
            }
            if let listeners = state.topics[sale]?.listeners {
                if listeners > 1 { state.topics[sale]?.listeners -= 1 } else { state.topics[sale] = nil }
            }
            instruments.listeners.set(state.count)
        }
    }

    /// Takes a channel whose head has been written. On its event loop.
    fileprivate func begin(_ pass: LivePass, on channel: any Channel) {
        guard let box = loops[ObjectIdentifier(channel.eventLoop)]?.box else {
            preconditionFailure("a channel of another group's event loop")
        }
        let listener = LiveListener(
            to: pass.sale, from: pass.place, on: channel, limits: limits, instruments: instruments)
        box.value.listeners[ObjectIdentifier(listener)] = listener
        let name = ObjectIdentifier(listener)
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in
            box.value.listeners[name] = nil
            leave(pass.sale, pass.network)
        }
        if let topic = state.withLock({ $0.topics[pass.sale]?.topic }) {
            listener.turn(topic, isDraining: bounds.isDraining, at: .now)
        }
    }

    // MARK: - Ticks

    /// Ticks until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let (count, sales) = state.withLock { ($0.count, Array($0.topics.keys)) }
            let tick = max(Self.tickMin, Self.tickPerListener * count)
            await looks.around(sales, within: tick * Self.lookShare) { [self] in _ = await look(at: $0) }
            if count > 0 { beginRounds(within: tick * Self.roundShare) }
            try? await Task.sleep(for: tick)
        }
    }

    /// Reads how a sale stands. A sale that cannot be read now stands as it did.
    private func look(at sale: SaleID) async -> Refusal? {
        switch await flow.live(sale) {
        case .refused(let refusal): return refusal
        case .success(var view):
            view.line = rooms.known(sale)?.count
            state.withLock { $0.topics[sale]?.topic.advance(view) }
            return nil
        }
    }

    private func beginRounds(within time: Duration) {
        let topics = state.withLock { $0.topics.mapValues(\.topic) }
        for (loop, box) in loops.values {
            loop.execute { [self] in
                guard !box.value.isInRound else { return }
                box.value.isInRound = true
                let listeners = Array(box.value.listeners.values)
                let turns = (listeners.count + Self.listenersPerTurn - 1) / Self.listenersPerTurn
                let pause = TimeAmount(min(Self.pauseMax, time / max(turns, 1)))
                giveTurn(to: listeners[...], topics, at: .now(), every: pause, in: box, on: loop)
            }
        }
    }

    /// Gives the first of some listeners their turn, and the others theirs after a pause. A turn that is late makes the
    /// next ones no later.
    private func giveTurn(
        to listeners: ArraySlice<LiveListener>, _ topics: [SaleID: LiveTopic], at due: NIODeadline,
        every pause: TimeAmount, in box: NIOLoopBoundBox<Loop>, on loop: any EventLoop
    ) {
        let (now, isDraining) = (MonotonicTime.now, bounds.isDraining)
        for listener in listeners.prefix(Self.listenersPerTurn) {
            if let topic = topics[listener.sale] { listener.turn(topic, isDraining: isDraining, at: now) }
        }
        let rest = listeners.dropFirst(Self.listenersPerTurn)
        guard !rest.isEmpty else {
            box.value.isInRound = false
            return
        }
        let next = due + pause
        loop.assumeIsolated().scheduleTask(deadline: next) { [self] in
            giveTurn(to: rest, topics, at: next, every: pause, in: box, on: loop)
        }
    }
}

/// The right to a stream, which its request has got.
struct LivePass: Sendable {
    fileprivate let sale: SaleID
    fileprivate let network: ClientAddress.Network?
    fileprivate let place: LiveTopic.Place
    fileprivate let events: LiveEvents

    /// The head of the answer. The stream ends with its connection. nginx would gather it until its buffers are full,
    /// and so would a proxy that compresses: the fields tell them not to.
    var answer: Answer {
        let fields = [
            ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store, no-transform"),
            ("X-Accel-Buffering", "no"),
        ]
        var answer = Answer(.ok, fields: fields)
        answer.isEndless = true
        return answer
    }

    /// The client has left before its stream began.
    func giveBack() { events.leave(sale, network) }

    /// Begins the stream on a channel to which the head has been written. On its event loop.
    func begin(on channel: any Channel) { events.begin(self, on: channel) }
}
