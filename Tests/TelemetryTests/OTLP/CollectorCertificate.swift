// The certificates of a collector behind TLS, made for these tests alone. They are self-signed, for a hundred years.
//
//     openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out key.pem
//     openssl req -x509 -new -key key.pem -days 36500 -subj /CN=collector \
//         -addext subjectAltName=DNS:localhost -out name.pem   (and IP:127.0.0.1 for the other)

import Foundation
import NIOSSL

enum CollectorCertificate: CaseIterable {
    case forName
    case forAddress

    var pem: String { self == .forName ? Self.name : Self.address }

    /// The TLS configuration of a sink with this certificate. If the sink asks clients for a certificate, it accepts
    /// this one.
    func server(asksClients: Bool = false) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)))
        if asksClients {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(chain)
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Runs the body while certificate and key are files.
    static func withFiles<Result>(
        _ certificate: CollectorCertificate, _ body: (_ certificate: String, _ key: String) async throws -> Result
    ) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = (directory.appendingPathComponent("collector.pem"), directory.appendingPathComponent("key.pem"))
        try certificate.pem.write(to: files.0, atomically: true, encoding: .utf8)
        try key.write(to: files.1, atomically: true, encoding: .utf8)
        return try await body(files.0.path, files.1.path)
    }

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2RJVX6leinJ3QABD
        sok/ZDFecrJySfCqxa+GXU2+NDWhRANCAATBE5tTkANkXp3H+v1XWf/PdGeRP3A0
        PPadNtgIJCY5wTgmnZjdlcAM2t9jodakaLv6j/hshYqW9Nj8xscH8xSY
        -----END PRIVATE KEY-----
        """

    private static let name = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCATugAwIBAgIUbTazKrV6aBtS5Bsc4O4XJDwtJR0wCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJY29sbGVjdG9yMCAXDTI2MTEyMTExMTQzNVoYDzIxMjYxMDI4
        MTExNDM1WjAUMRIwEAYDVQQDDAljb2xsZWN0b3IwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATBE5tTkANkXp3H+v1XWf/PdGeRP3A0PPadNtgIJCY5wTgmnZjdlcAM
        2t9jodakaLv6j/hshYqW9Nj8xscH8xSYo2kwZzAdBgNVHQ4EFgQU+yzE2isOjCwq
        1IjuszJMbbiEc6YwHwYDVR0jBBgwFoAU+yzE2isOjCwq1IjuszJMbbiEc6YwDwYD
        VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
        SQAwRgIhAIyxlJNhKfZX79D5dRu675zYecw+SXJPQPJRpDHyTD9FAiEAwLjRjeby
        hAG4s0s6RtEC4KmAKBMlOOahqf1vlml8CTc=
        -----END CERTIFICATE-----
        """

    private static let address = """
        -----BEGIN CERTIFICATE-----
        MIIBkTCCATagAwIBAgIUBpopmM/GiuDeYl1V5/ya4BNfHt4wCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJY29sbGVjdG9yMCAXDTI2MTEyMTExMTQzNVoYDzIxMjYxMDI4
        MTExNDM1WjAUMRIwEAYDVQQDDAljb2xsZWN0b3IwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATBE5tTkANkXp3H+v1XWf/PdGeRP3A0PPadNtgIJCY5wTgmnZjdlcAM
        2t9jodakaLv6j/hshYqW9Nj8xscH8xSYo2QwYjAdBgNVHQ4EFgQU+yzE2isOjCwq
        1IjuszJMbbiEc6YwHwYDVR0jBBgwFoAU+yzE2isOjCwq1IjuszJMbbiEc6YwDwYD
        VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
        IQD65vLoMU8xHs9ewf+wX74ClMGfz743o6bD0FdAPa/7dAIhANJQvH6kIhrz3Diz
        YEe9F3YnQl1KBil2FfW/9K6WxeXu
        -----END CERTIFICATE-----
        """
}
