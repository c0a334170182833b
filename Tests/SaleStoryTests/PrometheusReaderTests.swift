// What Prometheus is asked for, and what becomes of its answers, against a server that answers as Prometheus does.

import NIOCore
import NIOPosix
import Reports
import Synchronization
import Testing

@testable import SaleStory

@Suite("The metrics of a sale's time")
struct PrometheusReaderTests {
    /// Answers each request by a text in its path, and closes, as servers of HTTP/1.0 do.
    private final class Answers: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let texts: [(part: String, json: String)]

        init(_ texts: [(part: String, json: String)]) {
            self.texts = texts
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let request = String(buffer: unwrapInboundIn(data))
            let json = texts.first { request.contains($0.part) }?.json ?? #"{"status":"success","data":{"result":[]}}"#
            let answer = ByteBuffer(string: "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + json)
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    private static func asking(_ texts: [(part: String, json: String)]) async throws -> MetricsHistory {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.pipeline.addHandler(Answers(texts)) }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let clock = StoryClock(start: 1_000_000_000, first: nil, end: 1_120_000_000)
        do {
            let history = try await PrometheusReader(url: "http://127.0.0.1:\(port)/").history(over: clock)
            try await server.close()
            return history
        } catch {
            try await server.close()
            throw error
        }
    }

    private static func series(_ labels: String, _ values: String) -> String {
        #"{"status":"success","data":{"result":[{"metric":{\#(labels)},"values":[\#(values)]}]}}"#
    }

    @Test("Refusals, latency and alerts come with their times from the sale's start, and what is no number is left out")
    func history() async throws {
        let history = try await Self.asking([
            ("checkout%5ffailure", Self.series(#""reason":"item_sold""#, #"[1030,"60"],[1060,"30"],[1090,"NaN"]"#)),
            ("purchase%5ffailure", Self.series(#""reason":"item_sold""#, #"[1030,"15"]"#)),
            ("quantile%280%2e5", Self.series("", #"[1030,"0.004"]"#)),
            ("Watchdog%22", Self.series(#""alertname":"GateDown""#, #"[1060,"1"],[1090,"1"],[1150,"1"]"#)),
        ])
        #expect(history.refusals["item sold"]?.map(\.at) == [30, 60])
        #expect(history.refusals["item sold"]?.map(\.value) == [2.5, 1])
        #expect(history.refused.count == 105 && history.refused.counts(of: 0) == [90, 15])
        #expect(history.latency.map(\.name) == ["checkout, half"])
        #expect(history.latency.first?.points.map(\.value) == [0.004])
        #expect(history.alerts.map(\.name) == ["GateDown"])
        #expect(history.alerts.map(\.first) == [60] && history.alerts.map(\.last) == [120], "it ends with the story")
    }

    @Test("A refusal, and a server that is no Prometheus, are sentences")
    func failures() async throws {
        let refusal = #"{"status":"error","error":"too many samples"}"#
        await #expect { try await Self.asking([("query", refusal)]) } throws: {
            "\($0)" == "Prometheus refused a question: too many samples"
        }
        await #expect { try await Self.asking([("query", "<html>")]) } throws: { "\($0)".contains("is no Prometheus") }
        let clock = StoryClock(start: 0, first: nil, end: 1_000_000)
        await #expect { try await PrometheusReader(url: "http://127.0.0.1:1").history(over: clock) } throws: {
            "\($0)" == "Prometheus at 127.0.0.1:1 cannot be asked: Connection refused"
        }
    }
}
