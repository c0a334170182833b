// Values of every type, sent to a real server and read back.

import Testing

@testable import LibpqClient

@Suite struct ValueTests {
    private func echo(_ value: PostgresValue, _ type: String, on client: PostgresClient) async throws(PostgresError)
        -> PostgresField
    {
        try await client.query(.test("SELECT $1::\(type)"), [value], deadline: .patient)[0][0]
    }

    @Test("Numbers, truth values and moments come back unchanged")
    func scalars() async throws {
        try await withClient { client in
            let row = try await client.run("SELECT true, false, -7::int2")[0]
            #expect(try row[0].bool() && !row[1].bool() && row[2].int32() == -7 && row[2].int64() == -7)
            for value in [.min, -1, 0, .max] as [Int32] {
                #expect(try await echo(.int4(value), "int4", on: client).int32() == value)
                #expect(try await echo(.int4(value), "int4", on: client).int64() == Int64(value))
            }
            for value in [.min, -1, 0, .max] as [Int64] {
                #expect(try await echo(.int8(value), "int8", on: client).int64() == value)
            }
            for value in [.min, -1, 0, 1_795_217_801_964_123, .max] as [Int64] {
                #expect(try await echo(.timestamptz(value), "timestamptz", on: client).timestamp() == value)
            }
        }
    }

    @Test("A moment means the same to the server")
    func epoch() async throws {
        try await withClient { client in
            let rows = try await client.query(
                .test("SELECT $1::timestamptz = 'epoch', $2::timestamptz = 'infinity'"),
                [.timestamptz(0), .timestamptz(.max)], deadline: .patient
            )
            #expect(try rows[0][0].bool() && rows[0][1].bool())
        }
    }

    @Test(
        "Texts come back unchanged, unusual ones too",
        arguments: [
            "", "plain", "quote \" and \\ backslash", "{1,2}", "NULL", "line\nfeed", "ünï\u{1F4A5}", "\u{FEFF}",
            String(repeating: "x", count: 100_000),
        ])
    func texts(text: String) async throws {
        try await withClient { client in
            #expect(try await echo(.text(text), "text", on: client).string() == text)
            let array = try await echo(.textArray([text, nil, text]), "text[]", on: client).stringArray()
            #expect(array == [text, nil, text])
        }
    }

    @Test("The server refuses a text with U+0000, and the connection stays usable")
    func nul() async throws {
        try await withClient { client in
            let error = await failure { try await echo(.text("a\0b"), "text", on: client) }
            #expect(error?.sqlState == "22021")
            let rows = try await client.query(.one, deadline: .patient)
            #expect(try rows[0][0].int32() == 1)
        }
    }

    @Test("UUIDs and JSON come back as they went")
    func opaque() async throws {
        try await withClient { client in
            let uuid = PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: .max)
            #expect(try await echo(.uuid(uuid), "uuid", on: client).uuid() == uuid)
            let text = try await client.query(.test("SELECT $1::uuid::text"), [.uuid(uuid)], deadline: .patient)
            #expect(try text[0][0].string() == "01234567-89ab-cdef-ffff-ffffffffffff")
            #expect(
                try await echo(.text(#"{"a": [1, null]}"#), "text::jsonb", on: client).string() == #"{"a": [1, null]}"#)
            #expect(try await echo(.text("[1]"), "json", on: client).string() == "[1]")
        }
    }

    @Test("Arrays come back unchanged, with NULLs and empty")
    func arrays() async throws {
        try await withClient { client in
            #expect(
                try await echo(.int4Array([.min, nil, .max]), "int4[]", on: client).int32Array() == [.min, nil, .max])
            let uuids = PostgresValue.uuidArray([PostgresUUID(high: 1, low: 2), nil])
            let texts = try await client.query(.test("SELECT $1::uuid[]::text[]"), [uuids], deadline: .patient)
            #expect(try texts[0][0].stringArray() == ["00000000-0000-0001-0000-000000000002", nil])
            let times = try await client.query(
                .test("SELECT array[$1::timestamptz, null]"), [.timestamptz(7)], deadline: .patient)
            #expect(try times[0][0].timestampArray() == [7, nil])
            #expect(try await echo(.int4Array([]), "int4[]", on: client).int32Array() == [])
            #expect(
                try await echo(.text("{\(Int64.max),null}"), "text::int8[]", on: client).int64Array() == [.max, nil])
            #expect(try await echo(.textArray([]), "text[]", on: client).stringArray() == [])
        }
    }

    @Test("A batch of 512 rows in three arrays comes back row by row, in order")
    func batch() async throws {
        try await withClient { client in
            let unnest = PostgresStatement.test(
                "SELECT * FROM unnest($1::int4[], $2::text[], $3::uuid[])", name: "unnest"
            )
            let range = 0..<512 as Range<Int32>
            let rows = try await client.query(
                unnest,
                [
                    .int4Array(range.map { $0 % 3 == 0 ? nil : $0 }), .textArray(range.map { "buyer-\($0)" }),
                    .uuidArray(range.map { PostgresUUID(high: UInt64($0), low: 0) }),
                ],
                deadline: .patient
            )
            #expect(rows.count == 512)
            for (row, number) in zip(rows, range) {
                #expect(try row[0].optional?.int32() == (number % 3 == 0 ? nil : number))
                #expect(try row[1].string() == "buyer-\(number)" && row[2].uuid().high == UInt64(number))
            }
        }
    }

    @Test("NULL is nil if the caller allows it, and else an error that names the column")
    func null() async throws {
        try await withClient { client in
            let row = try await client.query(.test("SELECT $1::int4 AS stock"), [.null], deadline: .patient)[0]
            #expect(row[0].isNull)
            #expect(try row[0].optional?.int32() == nil)
            let error = await failure { try row[0].int32() }
            #expect(error?.code == .decoding && error?.message.contains("\"stock\"") == true)
        }
    }

    @Test("A column of another type, or in text format, is an error that names it")
    func mismatch() async throws {
        try await withClient { client in
            let row = try await client.run("SELECT 1::int8 AS number, 'x' AS word, ARRAY[[1,2],[3,4]] AS matrix")[0]
            #expect(await failure { try row[0].int32() }?.message.contains("\"number\"") == true)
            #expect(await failure { try row[1].uuid() }?.message.contains("\"word\"") == true)
            #expect(await failure { try row[2].int32Array() }?.message.contains("\"matrix\"") == true)
            let text = try await client.execute(script: "SELECT 7 AS seven", deadline: .patient)[0]
            #expect(await failure { try text[0].int32() }?.message.contains("text format") == true)
        }
    }

    @Test("An enumeration reads as its label")
    func enumeration() async throws {
        try await withClient { client in
            try await client.run("CREATE TYPE colour AS ENUM ('red', 'blue')")
            let field = try await echo(.text("blue"), "colour", on: client)
            #expect(try field.string() == "blue")
            // The label's four bytes are no number.
            #expect(await failure { try field.int32() }?.code == .decoding)
            #expect(try await client.run("SELECT ARRAY['red']::colour[]")[0][0].stringArray() == ["red"])
        }
    }
}
