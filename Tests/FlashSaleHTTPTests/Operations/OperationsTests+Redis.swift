// What /health says of Redis.

import Testing

extension OperationsTests {
    @Test("/health of the operations port alone says which Redis is used", arguments: [false, true])
    func redis(ofOperations: Bool) async throws {
        let answer = try await TestServer.with {
            $0.redis = [("address", "10.0.0.7:6379"), ("version", #"Redis "7""#)]
        } _: {
            try await $0.ask("GET", "/health", ofOperations: ofOperations)
        }
        let shown = #""redis":"UP"},"redis":{"address":"10.0.0.7:6379","version":"Redis \"7\""},"uptime":"#
        #expect(answer.text.contains(shown) == ofOperations)
        #expect(answer.text.contains("10.0.0.7") == ofOperations)
    }
}
