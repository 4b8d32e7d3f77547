import BSON
import EventLog
import Foundation
import Platform
import Testing

/// `annals anomalies` over an event that no program of today can read.
@Suite struct AnomalyCommandTests {
    private static let user = "000000000000000000000009"

    /// A store of one user, and after them an event of a newer program.
    private func store(_ scratch: TemporaryDirectory) throws -> String {
        let line = """
            {"specversion":"1.0","id":"1","source":"/t","type":"user.registered","data":\
            {"_id":"000000000000000000000001","name":"Ada","email":"u1@users.example","authMethod":"google"}}
            """
        let data = scratch.path("data")
        #expect(try Program.run("import", "-", "--data", data, input: Data(line.utf8)).status == 0)
        let log = try EventLog(directory: data + "/log", highWaterPath: data + "/high-water")
        var batch = LogBatch()
        let id = try #require(ObjectID(hex: Self.user))
        try batch.add(
            EventDraft(
                id: "2", source: "/t", type: "user.registered", schemaVersion: 99, subject: "users/\(Self.user)",
                time: DateTime(milliseconds: 1_704_067_200_000), data: ["_id": .objectID(id)],
                requestKey: [UInt8](repeating: 7, count: 16).withUnsafeBytes { Digest16($0) }, requestDigest: .zero),
            position: 2, recordedTime: log.head.recordedTime, streamVersion: 1,
            resolved: UnsafeRawBufferPointer(start: nil, count: 0))
        try log.append(batch)
        try log.close()
        return data
    }

    private func listed(_ data: String) throws -> [[String: Any]] {
        let answer = try #require(
            try Program.run("anomalies", "list", "--data", data, "--json").objects.first)
        return try #require(answer["anomalies"] as? [[String: Any]])
    }

    @Test func whatCannotBeReadIsListedRetriedAndSkipped() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        let all = try listed(data)
        let users = try #require(all.first { $0["collection"] as? String == "users" })
        #expect(users["document"] as? String == Self.user && users["position"] as? Int == 2)
        #expect((users["reason"] as? String)?.contains("schema version 99") == true)
        let others = all.filter { $0["document"] is NSNull }
        #expect(others.count == all.count - 1 && !others.isEmpty)
        let told = try Program.run("anomalies", "list", "users", "--data", data)
        #expect(
            told.status == 0 && told.output.contains("users/\(Self.user)") && told.output.contains("user.registered"))
        #expect(!told.output.contains("/@2"))
        // Every opening says so.
        #expect(told.errors.contains("could not be applied"), "\(told.errors)")
        let verified = try Program.run("replay", "verify", "--data", data)
        #expect(verified.status == 0 && verified.output.contains("schema version 99"), "\(verified)")
        // No newer program came: the same again.
        let retried = try Program.run("anomalies", "retry", "--data", data)
        #expect(retried.status == 0, "\(retried.errors)")
        #expect(try listed(data).count == all.count)
        #expect(try Program.run("anomalies", "skip", "users/\(Self.user)", "--data", data).status == 0)
        #expect(try Program.run("anomalies", "skip", "users/\(Self.user)", "--data", data).status == 66)
        let name = try #require(others.first?["collection"] as? String)
        let skipped = try #require(
            try Program.run("anomalies", "skip", "\(name)/@2", "--data", data, "--json").objects.first)
        #expect(skipped["skipped"] as? String == "\(name)/@2" && skipped["position"] as? Int == 4)
        #expect(try listed(data).count == all.count - 2)
        for wrong in ["users", "users/7", "users/@x"] {
            #expect(try Program.run("anomalies", "skip", wrong, "--data", data).status == 64, "\(wrong)")
        }
        #expect(try Program.run("replay", "verify", "--data", data).status == 0)
    }

    /// The server that has the directory open is asked.
    @Test func throughAServer() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        let status = try Program.serving(data) { _ in
            let count = try listed(data).count
            #expect(count > 1)
            #expect(try Program.run("anomalies", "retry", "users", "--data", data).status == 0)
            #expect(try Program.run("anomalies", "skip", "users/\(Self.user)", "--data", data).status == 0)
            #expect(try Program.run("anomalies", "skip", "users/\(Self.user)", "--data", data).status != 0)
            #expect(try listed(data).count == count - 1)
        }
        #expect(status == 0)
    }
}
