// The settings of pods.

import FlashSale
import Testing

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
}
