// What the nodes of a cluster may tell: slots, maps, and which of several counts.

import Testing

@testable import HiredisClient

@Suite struct SlotMapTests {
    private typealias Address = RedisConfiguration.Address

    private static let node = Address.tcp(host: "a", port: 1)

    /// A range of CLUSTER SLOTS.
    private static func range(_ first: Int64, _ last: Int64, _ host: RedisReply, _ port: Int64) -> RedisReply {
        .array([.integer(first), .integer(last), .array([host, .integer(port), .bulk(Array("id".utf8))])])
    }

    private static func text(_ text: String) -> RedisReply { .bulk(Array(text.utf8)) }

    @Test(
        "A key's slot is that of its tag, if it has one",
        arguments: [
            ("123456789", 12_739), ("foo", 12_182), ("{foo}:x", 12_182), ("x{foo}{bar}", 12_182), ("", 0),
        ])
    func slot(key: String, number: Int) {
        #expect(RedisSlot(of: key).number == number)
    }

    @Test("A map has each master once, and knows who serves nothing")
    func map() throws {
        let map = try SlotMap(
            .array([
                Self.range(0, 9, Self.text("b"), 2), Self.range(10, 10, .null, 3),
                Self.range(11, 12, Self.text("b"), 2), Self.range(13, 13, Self.text("?"), 4),
                Self.range(14, 14, Self.text("c"), 0),
            ]), from: Self.node)
        #expect(map.masters == [.tcp(host: "b", port: 2), .tcp(host: "a", port: 3)])
        #expect(map.slotCount == 13 && !map.isWhole)
        #expect(map.index(of: RedisSlot(number: 12)) == 0 && map.index(of: RedisSlot(number: 10)) == 1)
        #expect(map.index(of: RedisSlot(number: 13)) == nil)
        #expect(try SlotMap(.array([Self.range(0, 16_383, .null, 5)]), from: Self.node).isWhole)
    }

    @Test("A slot moves to a master that the map knows, and to no other")
    func move() throws {
        var map = try SlotMap(
            .array([Self.range(0, 9, Self.text("b"), 2), Self.range(10, 10, Self.text("c"), 3)]), from: Self.node)
        map.move(RedisSlot(number: 5), to: .tcp(host: "c", port: 3))
        map.move(RedisSlot(number: 6), to: .tcp(host: "d", port: 3))
        #expect(map.index(of: RedisSlot(number: 5)) == 1 && map.index(of: RedisSlot(number: 6)) == 0)
        #expect(map.serves(RedisSlot(number: 5), by: .tcp(host: "c", port: 3)))
        #expect(!map.serves(RedisSlot(number: 11), by: .tcp(host: "c", port: 3)))
    }

    @Test(
        "What is no reply to CLUSTER SLOTS is an error",
        arguments: [
            RedisReply.status("OK"), .array([.integer(1)]), .array([.array([.integer(0), .integer(1)])]),
            .array([.array([.integer(0), .integer(1), .array([.null])])]),
            .array([range(2, 1, .null, 1)]), .array([range(-1, 1, .null, 1)]), .array([range(0, 16_384, .null, 1)]),
        ])
    func malformed(reply: RedisReply) {
        #expect(throws: RedisError.self) { try SlotMap(reply, from: Self.node) }
    }

    @Test("MOVED names a slot and its master, whose host may be left out; any other error names none")
    func movedSlot() {
        func moved(_ text: String) -> MovedSlot? { MovedSlot(RedisError(reply: text), from: Self.node) }
        #expect(moved("MOVED 7 b:2")?.slot == RedisSlot(number: 7))
        #expect(moved("MOVED 7 b:2")?.master == .tcp(host: "b", port: 2))
        #expect(moved("MOVED 7 :2")?.master == .tcp(host: "a", port: 2))
        #expect(moved("MOVED 7 ::1:2")?.master == .tcp(host: "::1", port: 2))
        for text in ["ASK 7 b:2", "MOVED 7 ?:2", "MOVED 16384 b:2", "MOVED 7 b", "MOVED 7 b:x", "MOVED 7"] {
            #expect(moved(text) == nil, "\(text)")
        }
    }

    @Test("The map counts of the node that knows the latest change, if it is not cut off from the others")
    func inquiry() throws {
        func answer(_ host: String, isUp: Bool, epoch: Int) throws -> Result<ClusterInquiry.Answer, RedisError> {
            let map = try SlotMap(.array([Self.range(0, 16_383, Self.text(host), 1)]), from: Self.node)
            let state = isUp ? "ok" : "fail"
            return .success(
                ClusterInquiry.Answer(map, info: "cluster_state:\(state)\r\ncluster_current_epoch:\(epoch)\r\n"))
        }
        func chosen(_ answers: Result<ClusterInquiry.Answer, RedisError>...) throws -> String {
            var inquiry = ClusterInquiry()
            for answer in answers { inquiry.take(answer) }
            return "\(try inquiry.map().masters[0])"
        }
        let (old, new) = (try answer("old", isUp: true, epoch: 3), try answer("new", isUp: true, epoch: 4))
        let lone = try answer("lone", isUp: false, epoch: 5)
        let failure = Result<ClusterInquiry.Answer, RedisError>.failure(RedisError(.deadlineExceeded, "late"))
        #expect(try chosen(old, new, failure) == "new:1")
        #expect(try chosen(new, old) == "new:1")
        #expect(try chosen(lone, old) == "old:1")
        #expect(try chosen(lone, failure) == "lone:1")
        let nobody = #expect(throws: RedisError.self) { try chosen(failure) }
        #expect(nobody?.message == "no node of the cluster answers (late)")
        let empty = Result<ClusterInquiry.Answer, RedisError>.success(ClusterInquiry.Answer(SlotMap(), info: ""))
        let none = #expect(throws: RedisError.self) { try chosen(empty) }
        #expect(none?.message == "no slot of the cluster has a master")
    }
}
