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
            ("redis://app@h", "redis://app@h:6379/0"),
            ("redis://h?db=4&username=app&password=x", "redis://app:***@h:6379/4"),
            ("redis://:@h", "redis://h:6379/0"),
            ("rediss://app:x@h/2?ssl_ca_certs=/etc/ca.pem", "rediss://app:***@h:6379/2"),
            ("redis+sentinel://a,b:1,[::1]/gate", "redis+sentinel://a:26379,b:1,[::1]:26379/gate/0"),
            ("redis-sentinel://:x@a/gate/5", "redis+sentinel://:***@a:26379/gate/5"),
            ("rediss+sentinel://app@a/gate?db=5", "rediss+sentinel://app@a:26379/gate/5"),
            ("redis-cluster://a,b:1,[::1]", "redis-cluster://a:6379,b:1,[::1]:6379"),
            ("redis+cluster://app:x@a/0", "redis-cluster://app:***@a:6379"),
            ("rediss-cluster://:x@a?db=0&ssl_ca_certs=/ca", "rediss-cluster://:***@a:6379"),
            ("unix:///run/redis.sock", "unix:///run/redis.sock"),
            ("redis+unix:///run/redis%20one.sock?db=3", "unix:///run/redis one.sock?db=3"),
            ("unix://app:x@/run/redis.sock", "unix://app:***@/run/redis.sock"),
        ])
    func parses(url: String, description: String) throws {
        #expect(try RedisConfiguration(url: url).description == description)
    }

    @Test(
        "Credentials are percent-decoded, and may stand among the parameters",
        arguments: ["redis://us%20er:se%40cret%2F@h", "unix:///s?username=us%20er&password=se%40cret%2F"])
    func credentials(url: String) throws {
        #expect(try RedisConfiguration(url: url).credentials == .init(user: "us er", password: "se@cret/"))
    }

    @Test("A user may have no password, and the default user no name")
    func halfCredentials() throws {
        #expect(try RedisConfiguration(url: "redis://app@h").credentials == .init(user: "app", password: ""))
        #expect(try RedisConfiguration(url: "redis://:x@h").credentials == .init(password: "x"))
    }

    @Test("Sentinels have credentials and TLS has files of their own")
    func parameters() throws {
        let files = "ssl_ca_certs=/ca&ssl_certfile=/me&ssl_keyfile=/key"
        let url = "rediss+sentinel://app:x@a/gate?sentinel_password=y&\(files)"
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.credentials == .init(user: "app", password: "x"))
        #expect(
            configuration.location
                == .sentinels(
                    [.tcp(host: "a", port: 26_379)], service: "gate", credentials: .init(password: "y")))
        #expect(configuration.tls?.authorities == "/ca")
        #expect(configuration.tls?.certificate == "/me")
        #expect(configuration.tls?.key == "/key")
    }

    @Test(
        "A URL that cannot be used is refused with a sentence that does not repeat it",
        arguments: [
            "", "localhost:6379", "http://h:secret@h", "redis://", "redis://:secret@h:0",
            "redis://:secret@h:65536", "redis://:secret@h:port", "redis://:secret@h/db", "redis://h?db=secret",
            "redis://a:%zz@secret", "unix://relative/secret", "redis://[::1]secret", "redis://h?secret=1",
            "redis://h?password", "redis://h?ssl_ca_certs=secret", "rediss://h?ssl_keyfile=secret",
            "redis+sentinel://secret", "redis+sentinel://h,:1/secret", "redis+sentinel://h/", "redis://h:1,secret:2",
            "redis-cluster://", "redis-cluster://:secret@h,", "redis-cluster://:secret@h/1", "redis-cluster://h?db=2",
        ])
    func refuses(url: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.description.contains("secret") == false)
        #expect(error?.message.hasPrefix("the Redis URL ") == true)
    }
}
