// The settings of pods.

import FlashSale
import Testing
import Textbook

@testable import FlashSaleCLI

@Suite("The settings of pods") struct PodSettingsTests {
    @Test("Pods are numbers from 1 to 127, each once", arguments: ["0", "128", "1,1", "1,", ",", "one", "1 2", "-1"])
    func numbers(text: String) {
        var settings = Settings()
        #expect(Setting.pods.read(text, into: &settings)?.hasPrefix("FLASHSALE_PODS must be numbers") == true)
        #expect(Setting.pods.read("1,127", into: &settings) == nil)
        #expect(settings.pods == [PodID(1), PodID(127)])
        #expect(Setting.pods.read("", into: &settings) == nil && settings.allPods == [.home])
    }

    @Test("Each pod needs the URLs of both stores, and a complaint names what is missing")
    func urls() throws {
        let one = try #require(PodID(1))
        let known = ["pod.1.database.url": "postgres://a:seCret@b/c"]
        let stores = PodStores(one) { known[$0] }
        #expect(stores.problems == ["FLASHSALE_POD_1_REDIS_URL is not set, and FLASHSALE_PODS names pod 1"])
        var settings = Settings()
        settings.podStores[one] = stores
        #expect(settings.of(one).databaseURL != nil && settings.of(one).redisURL == nil)
        #expect(settings.of(.home).databaseURL == nil)
    }

    @Test("A database for reports follows the ledger of each pod, by what its URL says and without its password")
    func views() throws {
        let one = try #require(PodID(1))
        func statements(_ home: String, _ other: String) throws -> [String] {
            var settings = Settings()
            settings.databaseURL = Secret(home)
            settings.pods = [one]
            settings.podStores[one] = PodStores(one) { $0 == "pod.1.database.url" ? other : nil }
            return try settings.followingStatements(as: "reader")
        }
        let found = try statements("postgres://a:seCret@h1,h2/it's", "postgres://a:seCret@10.0.0.2:5433/two")
        #expect(
            found == [
                "call reporting.follow('home', 'h1,h2', 5432, 'it''s', 'reader', :'password');",
                "call reporting.follow('pod_1', '10.0.0.2', 5433, 'two', 'reader', :'password');",
            ])
        let ports = #expect(throws: Failure.self) { try statements("postgres://h/a", "postgres://h1:1,h2:2/b") }
        #expect(
            ports?.description
                == "FLASHSALE_POD_1_DATABASE_URL has several ports, and a server of postgres_fdw has one")
    }
}
