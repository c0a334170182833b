// Redis URLs: valid ones, and the errors of the others.

import HiredisClient
import Testing

@Suite struct RedisConfigurationTests {
    @Test(
        "A URL says where Redis is and who we are; printed, it hides the password",
        arguments: [
            ("redis://localhost", "redis://localhost:6379/0"),
            ("redis://localhost:7000/3", "redis://localhost:7000/3"),
            ("redis://[::1]:7000/", "redis://[::1]:7000/0"),
            ("redis://:secret@10.0.0.1", "redis://:***@10.0.0.1:6379/0"),
            ("redis://app:se%40cret%2F@h:1/15", "redis://app:***@h:1/15"),
            ("unix:///run/redis.sock", "unix:///run/redis.sock"),
            ("unix://app:x@/run/redis.sock", "unix://app:***@/run/redis.sock"),
        ])
    func parses(url: String, description: String) throws {
        #expect(try RedisConfiguration(url: url).description == description)
    }

    @Test("Credentials are percent-decoded")
    func credentials() throws {
        let configuration = try RedisConfiguration(url: "redis://us%20er:se%40cret%2F@h")
        #expect(configuration.user == "us er")
        #expect(configuration.password == "se@cret/")
    }

    @Test(
        "A URL that cannot be used is refused with a sentence that does not repeat it",
        arguments: [
            "", "localhost:6379", "http://h:secret@h", "rediss://:secret@h", "redis://", "redis://:secret@h:0",
            "redis://:secret@h:65536", "redis://:secret@h:port", "redis://:secret@h/db", "redis://secret@h",
            "redis://a:%zz@secret", "unix://relative/secret", "redis://[::1]secret",
        ])
    func refuses(url: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.description.contains("secret") == false)
        #expect(error?.message.hasPrefix("the Redis URL ") == true)
    }
}
