// Scrapes over HTTP: the wishes, the answers, and scrapers that misbehave.

import FlashSaleHTTP
import NIOCore
import Telemetry
import Testing

@Suite("Scrapes")
struct ScrapeTests {
    @Test(
        "The wishes of a scraper reach the exposition",
        arguments: [
            ([], "", "- - []\n"),
            (
                ["Accept: text/plain", "Accept: */*;q=0.1", "Accept-Encoding: gzip"], "",
                "text/plain,*/*;q=0.1 gzip []\n"
            ),
            ([], "?name[]=a&name%5B%5D=b_total&name=c&name[]", #"- - ["a", "b_total"]"# + "\n"),
            ([], "?name[]=%zz&name[]=a", #"- - ["", "a"]"# + "\n"),
        ])
    func request(fields: [String], query: String, text: String) async throws {
        let answer = try await TestServer.with {
            try await $0.ask("GET", "/metrics\(query)", fields, ofOperations: true)
        }
        #expect(answer.status == 200)
        #expect(answer["Vary"] == "Accept, Accept-Encoding")
        #expect(answer.text == text)
    }

    @Test("HEAD gets the header fields of GET without the body")
    func head() async throws {
        try await TestServer.with { server in
            let answer = try await server.ask("HEAD", "/metrics", ofOperations: true)
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "text/plain; version=0.0.4")
            #expect(answer["Content-Length"] == "7")
            #expect(answer.body.isEmpty)
        }
    }

    @Test("A compressed exposition has its Content-Encoding")
    func compressed() async throws {
        try await TestServer.with { setup in
            setup.exposition = { _ in Exposition(contentType: "text/plain", contentEncoding: "gzip", body: [1, 2]) }
        } _: { server in
            let answer = try await server.ask("GET", "/metrics", ofOperations: true)
            #expect(answer["Content-Encoding"] == "gzip")
            #expect(answer.body == [1, 2])
        }
    }

    @Test("A scrape above the limit gets Retry-After and is counted")
    func tooMany() async throws {
        try await TestServer.with { setup in
            setup.exposition = { _ in nil }
        } _: { server in
            let answer = try await server.ask("GET", "/metrics", ["X-Request-Id: one"], ofOperations: true)
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] != nil)
            await server.logs.ended("one")
            #expect(server.instruments.scrape.scrapeErrorsTotal.value(.tooMany) == 1)
        }
    }

    @Test("Scrapers that do not read keep their places; probes and other requests go on")
    func slowScrapers() async throws {
        let (held, holding) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.with { setup in
            setup.limits.scrapesInFlight = 3
            // Far more than the kernel buffers for a client that does not read.
            setup.exposition = { scrape in
                if scrape.names.isEmpty { holding.yield() }
                return Exposition(
                    contentType: "text/plain", body: Array(repeating: 35, count: scrape.names.isEmpty ? 1 << 26 : 1))
            }
        } _: { server in
            let port = server.ports.operations
            try await RawConnection.with(port: port) { first in
                try await first.send("GET /metrics HTTP/1.1\r\nHost: test\r\nX-Request-Id: first\r\n\r\n")
                try await RawConnection.with(port: port) { second in
                    try await second.send("GET /metrics HTTP/1.1\r\nHost: test\r\nX-Request-Id: second\r\n\r\n")
                    // The server may not yet have read what the client has written.
                    for _ in 1...2 { _ = await held.first { _ in true } }
                    #expect(try await server.ask("GET", "/metrics?name[]=a", ofOperations: true).status == 200)
                    try await RawConnection.with(port: port) { third in
                        try await third.send("GET /metrics HTTP/1.1\r\nHost: test\r\nX-Request-Id: third\r\n\r\n")
                        _ = await held.first { _ in true }
                        let refused = try await server.ask("GET", "/metrics?name[]=a", ofOperations: true)
                        #expect(refused.status == 503)
                        #expect(refused["Retry-After"] != nil)
                        #expect(try await server.ask("GET", "/healthz", ofOperations: true).status == 200)
                        #expect(try await server.ask("GET", "/health").status == 200)
                    }
                    await server.logs.ended("third")
                    #expect(try await server.ask("GET", "/metrics?name[]=a", ofOperations: true).status == 200)
                }
            }
            for id in ["first", "second"] { await server.logs.ended(id) }
            #expect(server.instruments.scrape.scrapeErrorsTotal.value(.clientClosed) == 3)
            #expect(server.instruments.scrape.scrapeErrorsTotal.value(.tooMany) == 1)
        }
    }

    @Test("A hundred scrapes at once each get an answer")
    func manyAtOnce() async throws {
        try await TestServer.with { server in
            let statuses = await withTaskGroup { group in
                for _ in 1...100 {
                    group.addTask { try? await server.ask("GET", "/metrics", ofOperations: true).status }
                }
                return await group.reduce(into: [Int?]()) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0 == 200 || $0 == 503 } && statuses.contains(200))
            let refused = server.instruments.scrape.scrapeErrorsTotal.value(.tooMany)
            #expect(statuses.count { $0 == 503 } == Int(refused))
        }
    }
}
