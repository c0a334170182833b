// The I/O thread: one epoll set that owns every libpq connection of its clients. Callers reach it through an inbox.
// Pools and sessions change only on this thread, so neither needs a lock.

internal import CLinux
internal import Glibc
internal import Synchronization
internal import Threads

/// A thread that does the I/O of one or more clients. It ends when the last client that uses it is gone.
public final class PostgresEventLoop: Sendable {
    let thread: EventLoopThread

    public init() {
        Libcrypto.stayUntilTheEnd()
        let thread = EventLoopThread()
        self.thread = thread
        let failure = startThread(named: "postgres-io") { thread.run() }
        precondition(failure == 0, "the I/O thread cannot be started: error \(failure)")
    }

    deinit { thread.submit(.stop) }
}

/// The loop that runs on the thread. Unchecked, because only that thread touches the state outside the inbox.
final class EventLoopThread: TaskExecutor, @unchecked Sendable {
    enum Command: Sendable {
        case pool(any EventLoopMember, PoolCommand)
        case job(UnownedJob)
        case stop
    }

    private struct Inbox {
        var commands: [Command] = []
        /// True while the thread sleeps, or is about to sleep: then the next command must wake it.
        var isAsleep = false
        /// True once the thread has ended. Later commands are dropped.
        var isClosed = false
    }

    private static let eventsPerTurn = 64
    /// The waker's number in the epoll set; sessions count from 1.
    private static let wakerNumber: UInt64 = 0

    private let inbox = Mutex(Inbox())
    private let poller: Int32
    private let waker: Int32
    private var commands: [Command] = []
    private var pools: [ObjectIdentifier: any EventLoopMember] = [:]
    private var sockets: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0
    private var isStopped = false
    private var timelines = Timelines()

    init() {
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        waker = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(poller >= 0 && waker >= 0, "no descriptors for an event loop, errno \(errno)")
        let isWatched = watch(waker, number: Self.wakerNumber, for: EPOLLIN.rawValue)
        precondition(isWatched, "an event loop cannot be woken, errno \(errno)")
    }

    deinit {
        close(waker)
        close(poller)
    }

    /// Called on any thread. The loop keeps the order of one thread's commands. Returns false if the loop has ended.
    @discardableResult
    func submit(_ command: Command) -> Bool {
        let (isTaken, mustWake) = inbox.withLock { inbox in
            guard !inbox.isClosed else { return (false, false) }
            inbox.commands.append(command)
            defer { inbox.isAsleep = false }
            return (true, inbox.isAsleep)
        }
        guard mustWake else { return isTaken }
        var one: UInt64 = 1
        // It can fail only if 2^64 - 2 wake-ups are pending, and then the thread is awake.
        _ = write(waker, &one, MemoryLayout<UInt64>.size)
        return true
    }

    /// Called on any thread. A job that comes after the end runs elsewhere, so that its task ends too.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if !submit(.job(job)) { globalConcurrentExecutor.enqueue(job) }
    }

    func run() {
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: Self.eventsPerTurn)
        defer { events.deallocate() }
        while true {
            runCommands()
            if isStopped { return inbox.withLock { $0.isClosed = true } }
            let timeout = milliseconds(until: nextCheck)
            let ready = epoll_wait(poller, events.baseAddress!, Int32(events.count), maySleep() ? timeout : 0)
            for event in events.prefix(max(0, Int(ready))) {
                if event.data.u64 == Self.wakerNumber {
                    var count: UInt64 = 0
                    _ = read(waker, &count, MemoryLayout<UInt64>.size)
                } else {
                    sockets[event.data.u64]?()
                }
            }
            let now = ContinuousClock.now
            for pool in pools.values { pool.tick(now: now) }
        }
    }

    // For pools and sessions, on this thread.

    func newNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    /// Calls the closure whenever the socket that is watched under the number is ready.
    func addSocket(_ number: UInt64, whenReady: @escaping () -> Void) { sockets[number] = whenReady }

    func removeSocket(_ number: UInt64) { sockets[number] = nil }

    /// Why a server is none to write to; nil if it is. One that was promoted ends the sessions with those before it.
    func refusal(of origin: ServerOrigin) -> PostgresError? {
        switch timelines.standing(of: origin) {
        case .known: return nil
        case .newer:
            for pool in pools.values { pool.closeSessions(before: origin) }
            return nil
        case .former(let highest):
            return PostgresError(
                .connectionFailed,
                "the server is a former primary: it is on timeline \(origin.timeline), and another is on \(highest)",
                at: CallSite(statementName: nil, file: #fileID, line: #line))
        }
    }

    /// The pool has nothing left to do.
    func remove(_ pool: any EventLoopMember) { pools[ObjectIdentifier(pool)] = nil }

    /// Watches a descriptor for events, in place of the events before. Returns false if the kernel refuses.
    func watch(_ descriptor: Int32, number: UInt64, for events: UInt32) -> Bool {
        var event = epoll_event()
        event.events = events
        event.data.u64 = number
        return epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event) == 0
            || epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) == 0
    }

    /// Stops watching a descriptor.
    func unwatch(_ descriptor: Int32) {
        var event = epoll_event()
        _ = epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, &event)
    }

    private func runCommands() {
        inbox.withLock { inbox in
            inbox.isAsleep = false
            swap(&inbox.commands, &commands)
        }
        for command in commands {
            switch command {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .stop: isStopped = true
            case .pool(let pool, let command):
                pools[ObjectIdentifier(pool)] = pool
                pool.run(command)
            }
        }
        commands.removeAll(keepingCapacity: true)
    }

    /// True if the inbox is empty, and then the next command will wake the thread.
    private func maySleep() -> Bool {
        inbox.withLock { inbox in
            inbox.isAsleep = inbox.commands.isEmpty
            return inbox.isAsleep
        }
    }

    /// The next moment at which a pool has something to do; nil for none.
    private var nextCheck: ContinuousClock.Instant? {
        var next: ContinuousClock.Instant?
        for pool in pools.values {
            guard let moment = pool.nextCheck else { continue }
            if let earlier = next, earlier <= moment { continue }
            next = moment
        }
        return next
    }

    private func milliseconds(until moment: ContinuousClock.Instant?) -> Int32 {
        guard let moment else { return -1 }
        let left = moment - ContinuousClock.now
        guard left > .zero else { return 0 }
        // Rounded up: after waking too early, the loop would spin until the moment has come.
        let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(clamping: milliseconds)
    }
}
