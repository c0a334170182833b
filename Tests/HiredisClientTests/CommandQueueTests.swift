// The queue of commands that wait for their replies, without a server.

import NIOCore
import Testing

@testable import HiredisClient

@Suite struct CommandQueueTests {
    private typealias Queue = CommandQueue<Int>

    private static func time(_ milliseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(milliseconds * 1_000_000) }

    /// A queue of commands with the waiters 1, 2, …, called at 0 and written at 1 ms, which moves their deadlines.
    private static func queue(_ deadlines: UInt64...) -> Queue {
        var queue = Queue(limit: 8, overdueLimit: .milliseconds(50))
        for (index, deadline) in deadlines.enumerated() {
            queue.append(
                Queue.Entry(
                    id: UInt64(index + 1), calledAt: time(0), deadline: time(deadline), waiter: index + 1))
        }
        _ = queue.markWritten(at: time(1))
        return queue
    }

    private static func completed(_ receipt: Queue.Receipt) -> Queue.Completion? {
        guard case .completed(let completion) = receipt else { return nil }
        return completion
    }

    @Test("Replies reach their commands in order, with the time in the queue and on the socket")
    func order() throws {
        var queue = Self.queue(100, 100)
        let first = try #require(Self.completed(queue.receive(.integer(7), at: Self.time(4))))
        #expect(first.waiter == 1)
        #expect(try first.outcome.result.get() == .integer(7))
        #expect(first.outcome.queueWait == 1_000_000)
        #expect(first.outcome.socketTime == 3_000_000)
        #expect(Self.completed(queue.receive(.null, at: Self.time(4)))?.waiter == 2)
        #expect(queue.count == 0)
    }

    @Test("The reply of a command that timed out is skipped and does not reach the next command")
    func timedOutReplyIsSkipped() throws {
        var queue = Self.queue(10, 100)
        let tooEarly = queue.expire(at: Self.time(10))
        #expect(tooEarly.isEmpty)
        let expired = queue.expire(at: Self.time(11))
        #expect(expired.map(\.waiter) == [1])
        #expect(throws: RedisError.self) { try expired[0].outcome.result.get() }
        guard case .skipped = queue.receive(.status("late"), at: Self.time(12)) else {
            Issue.record("the late reply went somewhere")
            return
        }
        let second = try #require(Self.completed(queue.receive(.status("mine"), at: Self.time(13))))
        #expect(second.waiter == 2)
        #expect(try second.outcome.result.get() == .status("mine"))
    }

    @Test("A reply is unexpected while nothing has been written")
    func unexpected() {
        var queue = Queue(limit: 1, overdueLimit: .seconds(1))
        guard case .unexpected = queue.receive(.null, at: Self.time(0)) else {
            Issue.record("a reply was taken")
            return
        }
    }

    @Test("A cancellation gives up one command, once")
    func cancel() {
        var queue = Self.queue(100, 100)
        #expect(queue.cancel(2, at: Self.time(2))?.waiter == 2)
        #expect(queue.cancel(2, at: Self.time(2)) == nil)
        #expect(queue.cancel(9, at: Self.time(2)) == nil)
        #expect(queue.count == 2)
    }

    @Test("An outcome is unknown only if the command was written")
    func unknownOutcome() throws {
        var queue = Self.queue(100)
        queue.append(Queue.Entry(id: 2, calledAt: Self.time(1), deadline: Self.time(100), waiter: 2))
        let lost = queue.removeAll(RedisError(.connectionLost, "gone"), at: Self.time(2))
        let unknown = lost.map { completion in
            guard case .failure(let error) = completion.outcome.result else { return false }
            return error.isOutcomeUnknown
        }
        #expect(unknown == [true, false])
        #expect(queue.count == 0)
    }

    @Test("The alarm is set to the next deadline, then to the moment when the connection counts as stuck")
    func alarm() {
        var queue = Self.queue(30, 20)
        #expect(queue.nextAlarm == Self.time(21))
        _ = queue.expire(at: Self.time(21))
        #expect(queue.nextAlarm == Self.time(31))
        _ = queue.expire(at: Self.time(31))
        #expect(queue.nextAlarm == Self.time(81))
        #expect(!queue.isStuck(at: Self.time(80)))
        #expect(queue.isStuck(at: Self.time(81)))
    }

    @Test("A command that waits here for long has all of its time from its writing on")
    func lag() {
        var queue = Queue(limit: 8, overdueLimit: .milliseconds(50))
        queue.append(Queue.Entry(id: 1, calledAt: Self.time(0), deadline: Self.time(20), waiter: 1))
        let unwritten = queue.expire(at: Self.time(400))
        #expect(unwritten.isEmpty)
        let deadline = queue.markWritten(at: Self.time(500))
        #expect(deadline == Self.time(520))
        let tooEarly = queue.expire(at: Self.time(519))
        #expect(tooEarly.isEmpty)
        let expired = queue.expire(at: Self.time(520))
        #expect(expired.map(\.waiter) == [1])
    }
}
