import Foundation
import Testing

/// `Tools/parquet`, run twice over a store that grew between: what is in the files is what the store says.
@Suite(
    .enabled(if: PythonClients.isThere, "needs Python with venv, and the packages of Tests/Clients/requirements.txt"))
struct ParquetTests {
    private func write(_ out: String, _ data: String) throws -> [String: Int] {
        let outcome = try PythonClients.script(
            "parquet",
            [out, "--data", data, "--collection", "chatmessages", "--collection", "transactions"], seconds: 120)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try #require(try outcome.objects.first as? [String: Int])
    }

    /// Numbers that DuckDB finds in the files.
    private func asked(_ out: String, _ sql: String) throws -> [Int] {
        let program = """
            import duckdb, json, sys
            print(json.dumps([int(value) for value in duckdb.sql(sys.argv[1]).fetchall()[0]]))
            """
        let outcome = try PythonClients.run("python", ["-c", program, sql.replacing("OUT", with: out)], seconds: 60)
        #expect(outcome.status == 0, "\(sql): \(outcome.errors)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [Int], "\(outcome.output)")
    }

    /// The numbers of the first document that a pipeline gives.
    private func aggregated(_ data: String, _ collection: String, _ pipeline: String) throws -> [String: Int] {
        let outcome = try Program.run("aggregate", collection, pipeline, "--data", data, "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        return (try outcome.objects.first ?? [:]).compactMapValues { ($0 as? NSNumber).map { Int($0.doubleValue) } }
    }

    private func compare(_ out: String, _ data: String, position: Int) throws {
        let events = try asked(
            out, "SELECT count(*), max(position), count(DISTINCT position) FROM 'OUT/events/*.parquet'")
        #expect(events == [position, position, position])
        let messages = try aggregated(
            data, "chatmessages", #"[{"$group":{"_id":null,"n":{"$sum":1},"tokens":{"$sum":"$tokens"}}}]"#)
        #expect(messages["n"] ?? 0 > 100)
        let written = try asked(out, "SELECT count(*), sum(tokens) FROM 'OUT/chatmessages.parquet'")
        #expect(written == [messages["n"], messages["tokens"]])
        let sums = try aggregated(
            data, "transactions",
            #"[{"$group":{"_id":null,"n":{"$sum":1},"amount":{"$sum":{"$toInt":{"$multiply":["$amount",100]}}}}}]"#)
        let amounts = try asked(
            out, "SELECT count(*), sum(trunc(amount * 100)) FROM 'OUT/transactions.parquet'")
        #expect(amounts == [sums["n"], sums["amount"]] && sums["n"] ?? 0 > 0)
        let sent = try Program.run("events", "--type", "message.sent", "--data", data, "--json").objects.count
        let told = try asked(
            out,
            "SELECT count(*), count(data->>'$.sessionId') FROM 'OUT/events/*.parquet' WHERE type = 'message.sent'")
        #expect(told == [sent, sent])
    }

    @Test func whatIsWrittenIsWhatTheStoreSays() throws {
        let scratch = TemporaryDirectory()
        let (data, out) = (scratch.path("data"), scratch.path("out"))
        let lines = try Program.run("generate", "--events", "3000", "--users", "60", "--seed", "12").output
            .split(separator: "\n")
        for part in [lines.prefix(1_800), lines.dropFirst(1_800)] {
            let input = Data(part.joined(separator: "\n").utf8)
            let report = try Program.run("import", "-", "--data", data, "--json", input: input)
            #expect(report.status == 0)
            let position = try #require(
                try Program.run("events", "--data", data, "--json").objects.last?["position"] as? Int)
            let written = try write(out, data)
            #expect(written["position"] == position && written["events"] ?? 0 > 1_000)
            try compare(out, data, position: position)
            // Nothing new: no file.
            #expect(try write(out, data)["events"] == 0)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: out + "/events").count == 2)
    }
}
