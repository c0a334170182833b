// The headers of callers: traceparent, tracestate and baggage, each checked against its specification.

import Telemetry
import Testing

@Suite("Trace context")
struct TraceContextTests {
    static let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test("A traceparent is read, and written unchanged")
    func roundTrip() throws {
        let parent = try #require(TraceParent(Self.valid))
        #expect(parent.traceID == TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c))
        #expect(parent.spanID == SpanID(0xb7ad_6b71_6920_3331))
        #expect(parent.flags == .sampled)
        #expect(parent.description == Self.valid)
        #expect(parent.traceID.description == "0af7651916cd43dd8448eb211c80319c")
    }

    @Test(
        "Flags without a meaning are not passed on",
        arguments: [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00")])
    func flags(sent: String, kept: String) throws {
        let parent = try #require(TraceParent(Self.valid.dropLast(2) + sent))
        #expect(parent.description == Self.valid.dropLast(2) + kept)
    }

    @Test(
        "A later version is read as far as it has the form of this one",
        arguments: ["cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "01" + valid.dropFirst(2) + "-more"])
    func laterVersion(text: String) {
        #expect(TraceParent(text)?.description == Self.valid)
    }

    @Test(
        "A malformed traceparent is ignored",
        arguments: [
            "", "00", valid + " ", " " + valid, valid + "-", valid + "-00", String(valid.dropLast()),
            valid.uppercased(), "ff" + valid.dropFirst(2), "0" + valid, "01" + valid.dropFirst(2) + "x",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01",
            "0０-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "\u{0}" + valid.dropFirst(),
        ])
    func malformedParent(text: String) {
        #expect(TraceParent(text) == nil)
    }

    @Test(
        "A tracestate is passed on unchanged",
        arguments: [
            (["rojo=00f067aa0ba902b7"], "rojo=00f067aa0ba902b7"),
            (["rojo=1,congo=t61"], "rojo=1,congo=t61"), (["rojo=1", "congo=2"], "rojo=1,congo=2"),
            (["rojo=1 , \tcongo=2"], "rojo=1,congo=2"), (["rojo=1,,congo=2"], "rojo=1,congo=2"),
            (["fw529a3039@dt=FfffffffBQBEX"], "fw529a3039@dt=FfffffffBQBEX"), (["0tenant@sys=1"], "0tenant@sys=1"),
            (["a_-*/9=x y!"], "a_-*/9=x y!"),
            ([(0..<32).map { "k\($0)=1" }.joined(separator: ",")], (0..<32).map { "k\($0)=1" }.joined(separator: ",")),
        ])
    func state(headers: [String], description: String) {
        #expect(TraceState(headers)?.description == description)
    }

    @Test(
        "A malformed tracestate is ignored",
        arguments: [
            "", "rojo", "=1", "rojo=", "Rojo=1", "0rojo=1", "ro jo=1", "rojo=1=2", "rojo=ä", "rojo=1,rojo=2", "@sys=1",
            "a@=1", "a@b@c=1", "tenant@0sys=1", "a@" + String(repeating: "s", count: 15) + "=1", "é=1",
            String(repeating: "k", count: 257) + "=1", "k=" + String(repeating: "v", count: 257),
            (0..<33).map { "k\($0)=1" }.joined(separator: ","), "k=a\u{7}b",
            (0..<9).map { "k\($0)=" + String(repeating: "v", count: 256) }.joined(separator: ","),
        ])
    func malformedState(header: String) {
        #expect(TraceState([header]) == nil)
    }

    @Test(
        "Only listed members of baggage are kept",
        arguments: [
            (["user_agent.synthetic.type=test"], [BaggageKey.syntheticType: "test"]),
            (["userId=alice, user_agent.synthetic.type = bot ;ttl=3", "x=1"], [.syntheticType: "bot"]),
            (["flashsale.test.run=7,user_agent.synthetic.type=test"], [.testRun: "7", .syntheticType: "test"]),
            (["flashsale.test.run=a%20b"], [:]), (["code=secret"], [:]), ([], [:]),
        ])
    func baggage(headers: [String], members: [BaggageKey: String]) {
        #expect(Baggage(headers).members == members)
    }

    @Test(
        "Baggage that is malformed or too long is ignored",
        arguments: [
            "flashsale.test.run=1,", "flashsale.test.run=1,no value", "flashsale.test.run=1,a b=2",
            "flashsale.test.run=1,=2", "flashsale.test.run=1,a=\u{1}", "flashsale.test.run=1,a=\"q\"",
            "flashsale.test.run=1" + (0..<64).map { ",k\($0)=1" }.joined(),
            "flashsale.test.run=1,a=" + String(repeating: "v", count: 100_000),
        ])
    func malformedBaggage(header: String) {
        #expect(Baggage([header]).members.isEmpty)
    }

    @Test("64 members of baggage are read")
    func fullBaggage() {
        let header = "flashsale.test.run=1" + (0..<63).map { ",k\($0)=1" }.joined()
        #expect(Baggage([header]).members == [.testRun: "1"])
    }
}
