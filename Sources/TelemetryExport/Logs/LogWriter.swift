// The thread that writes the log, so that no task that logs waits for the log's reader.
//
//     open ──close()──► closing ──queue empty──► ended
//
// Open and closing: lines are queued, or refused when the queue is full. The thread joins the waiting lines into one
// write. While the log is open the thread lets lines gather for a moment, unless there are many, one is urgent or a
// caller waits for them: to wake a thread costs more than all other work for a line. Ended: the thread is gone. The few
// lines that still come are written by the threads that log them.

// Without TLS the compiler takes the C types of time for those of the first C module that has them, which is this one.
internal import CLinux
internal import Glibc
internal import Telemetry
internal import Threads

/// A bounded queue of lines in front of a file descriptor, and the one thread that empties it.
///
/// Unchecked because the compiler does not know pthread's mutex. `queue`, `state` and the thread's progress are only
/// touched under `lock`; all else is constant.
final class LogWriter: @unchecked Sendable {
    private enum State {
        case open
        case closing
        case ended
    }

    private let fileDescriptor: Int32
    private let instruments: LogInstruments
    private let gathering: Duration
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Wakes the thread: lines were queued, or the log is to close.
    private let workArrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Wakes flushing callers: all queued lines are written.
    private let workDone = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var queue: LogQueue
    private var state = State.open
    /// The number of lines that wakes the thread: one if there are none, many while lines gather.
    private var linesAwaited = 1
    /// Whether lines are written at once: there is an urgent one, or a caller waits.
    private var isUrgent = false
    private var isWriting = false

    /// - Parameter gathering: how long lines may wait for others.
    init(
        fileDescriptor: Int32, instruments: LogInstruments, capacity: Int = LogLimits.queuedLines,
        gathering: Duration = LogLimits.gathering
    ) {
        self.fileDescriptor = fileDescriptor
        self.instruments = instruments
        self.gathering = gathering
        queue = LogQueue(capacity: capacity)
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(workArrived, &attributes)
        pthread_cond_init(workDone, &attributes)
        pthread_condattr_destroy(&attributes)
        let failure = startThread(named: "log-writer") { [self] in runThread() }
        precondition(failure == 0, "the thread of the log cannot be started: error \(failure)")
    }

    deinit {
        pthread_cond_destroy(workDone)
        pthread_cond_destroy(workArrived)
        pthread_mutex_destroy(lock)
        workDone.deallocate()
        workArrived.deallocate()
        lock.deallocate()
    }

    /// Queues a line, or counts it as dropped. Never waits for the descriptor while the thread runs.
    ///
    /// - Parameter isUrgent: whether to write it at once, with the lines before it.
    func write(_ line: [UInt8], isUrgent: Bool = false) {
        pthread_mutex_lock(lock)
        guard state != .ended else {
            pthread_mutex_unlock(lock)
            return writeOut(line, lineCount: 1)
        }
        let isQueued = queue.push(line)
        if isUrgent { self.isUrgent = true }
        if isUrgent || queue.count == linesAwaited { pthread_cond_signal(workArrived) }
        pthread_mutex_unlock(lock)
        if !isQueued { instruments.messagesDroppedTotal.increment(.queueFull) }
    }

    /// Waits until all queued lines are written, or the time is over. Returns whether they are written.
    @discardableResult
    func flush(within limit: Duration) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return waitUntilDone(within: limit)
    }

    /// Writes the queued lines and ends the thread, or gives up when the time is over. Returns whether all are written.
    @discardableResult
    func close(within limit: Duration) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if state == .open { state = .closing }
        return waitUntilDone(within: limit)
    }

    /// Call it under the lock.
    private func waitUntilDone(within limit: Duration) -> Bool {
        isUrgent = true
        pthread_cond_signal(workArrived)
        var deadline = Self.time(after: limit)
        while queue.count > 0 || isWriting || state == .closing {
            if pthread_cond_timedwait(workDone, lock, &deadline) == ETIMEDOUT { return false }
        }
        return true
    }

    private func runThread() {
        // Signals are for the threads that expect them; without SIGPIPE, write returns an error if the reader went
        // away.
        var all = sigset_t()
        sigfillset(&all)
        // Profiles look at every thread.
        sigdelset(&all, SIGPROF)
        pthread_sigmask(SIG_BLOCK, &all, nil)

        pthread_mutex_lock(lock)
        while true {
            linesAwaited = 1
            while queue.count == 0, state == .open { pthread_cond_wait(workArrived, lock) }
            if queue.count == 0 { break }
            gather()
            isWriting = true
            let (bytes, lineCount) = queue.pop(atMost: LogLimits.linesPerWrite)
            if queue.count == 0 { isUrgent = false }
            pthread_mutex_unlock(lock)
            writeOut(bytes, lineCount: lineCount)
            pthread_mutex_lock(lock)
            isWriting = false
            if queue.count == 0 { pthread_cond_broadcast(workDone) }
        }
        state = .ended
        pthread_cond_broadcast(workDone)
        pthread_mutex_unlock(lock)
    }

    /// Waits a moment for more lines. Call it under the lock.
    private func gather() {
        linesAwaited = min(LogLimits.linesPerWrite, queue.capacity)
        var end = Self.time(after: gathering)
        while queue.count < linesAwaited, state == .open, !isUrgent {
            if pthread_cond_timedwait(workArrived, lock, &end) == ETIMEDOUT { break }
        }
    }

    /// A time of the clock that the conditions use.
    private static func time(after duration: Duration) -> timespec {
        let end = (MonotonicTime.now + duration).nanoseconds
        return timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
    }

    private func writeOut(_ bytes: [UInt8], lineCount: Int) {
        let isWritten = bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let size = Glibc.write(fileDescriptor, buffer.baseAddress! + offset, buffer.count - offset)
                if size >= 0 {
                    offset += size
                } else if errno == EAGAIN {
                    var descriptor = pollfd(fd: fileDescriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&descriptor, 1, -1)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
        if !isWritten { instruments.messagesDroppedTotal.increment(.writeError, by: UInt64(lineCount)) }
    }
}
