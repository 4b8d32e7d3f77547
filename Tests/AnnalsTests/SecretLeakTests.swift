import Annals
import BSON
import Projections
import Schema
import Testing

/// A password, backup codes and a reset token leave by no read, and no refusal quotes them.
@Suite struct SecretLeakTests {
    @Test(arguments: [
        "password", "password.x", "security", "security.backupCodes", "security.backupCodes.0",
        "security.resetPasswordToken", "security.resetPasswordToken.x",
    ])
    func noQueryNamesASecret(path: String) async throws {
        try await SecretCheckTests.withStore { store, _ in
            let users = try store.collection("users")
            let dollar = Value.string("$" + path)
            let filters: [Value] = [
                "x", nil, ["$eq": "x"], ["$ne": "x"], ["$gt": ""], ["$gte": ""], ["$lt": "x"], ["$lte": "x"],
                ["$in": ["x"]], ["$nin": ["x"]], ["$exists": true], ["$not": ["$eq": "x"]],
            ]
            for test in filters {
                let filter = Document([(path, test)])
                for whole: Document in [
                    filter, ["$and": [.document(filter)]], ["$or": [["name": "Ada"], .document(filter)]],
                    ["$nor": [.document(filter)]],
                ] {
                    #expect(isRefused { _ = try Find(users, filter: whole) }, "\(whole)")
                    #expect(isRefused { _ = try Aggregate(users, [["$match": .document(whole)]]) }, "\(whole)")
                }
            }
            #expect(isRefused { _ = try Find(users, filter: [:], sort: Document([(path, .int32(1))])) })
            let stages: [Document] = [
                ["$sort": .document(Document([(path, .int32(-1))]))], ["$unwind": dollar],
                ["$unwind": ["path": dollar]],
                ["$project": ["x": dollar]], ["$project": ["x": ["y": dollar]]],
                ["$project": ["x": .string("$$ROOT." + path)]], ["$group": ["_id": dollar]],
                ["$group": ["_id": ["a": dollar]]],
            ]
            let accumulated = ["$sum", "$avg", "$min", "$max", "$first", "$last"].map {
                ["$group": ["_id": nil, "x": .document(Document([($0, dollar)]))]] as Document
            }
            for stage in stages + accumulated {
                #expect(isRefused { _ = try Aggregate(users, [stage]) }, "\(stage)")
                #expect(isRefused { _ = try Aggregate(users, [["$limit": 1], stage]) }, "\(stage)")
            }
        }
    }

    private func isRefused(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return false
        } catch {
            return (error as? QueryError)?.kind == .secretField
        }
    }

    @Test func noResultHasASecret() async throws {
        try await SecretCheckTests.withStore { store, _ in
            let users = try store.collection("users")
            var rows: [Document] = []
            func gather(_ row: RawDocument) -> Bool {
                rows.append(Document(copying: row))
                return true
            }
            let projections: [Document] = [
                [:], ["password": 1], ["security": 1], ["security.backupCodes": 1, "security.resetPasswordToken": 1],
                ["name": 0],
            ]
            let pipelines: [[Document]] = [
                [], [["$project": ["password": 1, "security": 1]]],
                [["$group": ["_id": nil, "x": ["$last": "$$ROOT"]]]],
                [["$group": ["_id": "$$ROOT"]]], [["$project": ["x": "$$ROOT"]]],
                [["$project": ["x": "$$ROOT"]], ["$project": ["y": "$x.password", "z": "$x.security"]]],
            ]
            let snapshot = try store.snapshot()
            for projection in projections {
                _ = try Find(users, filter: [:], projection: projection).run(snapshot) { (row) throws(QueryError) in
                    gather(row)
                }
            }
            for pipeline in pipelines {
                _ = try Aggregate(users, pipeline).run(snapshot) { (row) throws(QueryError) in gather(row) }
            }
            let log = try store.log.snapshot()
            try log.read(from: 1) { record in
                if let event = try? CloudEvent.document(of: record, store) { rows.append(event) }
                return true
            }
            #expect(rows.count >= projections.count + pipelines.count + 3)
            let stored = try #require(try store.document("users", id: SecretCheckTests.user))
            var kept = [stored["password"]?.text, stored["security.resetPasswordToken"]?.text]
            if case .array(let codes)? = stored["security.backupCodes"] { kept += codes.map(\.text) }
            #expect(kept.compactMap(\.self).count == 4)
            for row in rows {
                let text = JSON.string(row, style: .relaxed)
                #expect(!text.contains("canary"))
                for hash in kept.compactMap(\.self) { #expect(!text.contains(hash)) }
            }
        }
    }

    /// Refused for what it is, for its kind, or for where it stands: never quoted.
    @Test func refusalsQuoteNoSecret() async throws {
        try await SecretCheckTests.withStore { store, _ in
            let who = Value.objectID(SecretCheckTests.user)
            let canary: [Value] = [
                ["canary": "canary"], .document(["a": "canary"]), .array(["canary", ["canary": 1]]),
            ]
            func registering(_ name: String, _ value: Value) -> NewEvent {
                let data: Document = ["email": "b@users.example", "name": "B", "authMethod": "google"]
                var whole = data
                whole.append(name, value)
                return SecretCheckTests.event("r", "user.registered", whole)
            }
            var events = [
                registering("password", "canary"), registering("security", "canary"),
                registering("security", ["backupCodes": .document(["a": "canary"])]),
                SecretCheckTests.event("e", "user.passwordChanged", ["userId": who, "password": "canary"]),
                SecretCheckTests.event("e", "user.backupCodeUsed", ["userId": who, "code": "canary-9999"]),
                SecretCheckTests.event("e", "user.changed", ["userId": who, "set": ["password": "canary canary"]]),
                SecretCheckTests.event("e", "user.changed", ["userId": who, "set": ["security": "canary"]]),
                SecretCheckTests.event(
                    "e", "user.changed", ["userId": who, "set": ["security": ["backupCodes": ["canary"]]]]),
                SecretCheckTests.event("e", "user.changed", ["userId": who, "set": "canary"]),
                SecretCheckTests.event(
                    "e", "user.changed", ["userId": who, "push": ["security.backupCodes": "canary"]]),
                SecretCheckTests.event("e", "person.erased", ["email": "canary@users.example"]),
            ]
            for value in canary {
                events += [
                    registering("password", value),
                    SecretCheckTests.event("e", "user.passwordChanged", ["userId": who, "password": value]),
                    SecretCheckTests.event("e", "user.passwordResetRequested", ["userId": who, "token": value]),
                    SecretCheckTests.event(
                        "e", "user.twoFactorEnabled", ["userId": who, "backupCodes": .array([value])]),
                    SecretCheckTests.event("e", "user.backupCodeUsed", ["userId": who, "code": value]),
                ]
            }
            for event in events {
                do {
                    try await store.append(event)
                    Issue.record("\(event.type) was accepted")
                } catch AppendError.refused(let all) {
                    let told = all.flatMap(\.refusals.reasons).map { "\($0) \($0.value ?? "")" }.joined(separator: "\n")
                    #expect(!told.isEmpty && !told.contains("canary"), "\(event.type)")
                    #expect(!"\(AppendError.refused(all))".contains("canary"))
                }
            }
        }
    }

    /// One rule for what is personal: the field, the rule and where it is held are told, the value is not.
    @Test func refusalsQuoteNothingPersonal() async throws {
        try await SecretCheckTests.withStore { store, _ in
            let who = Value.objectID(SecretCheckTests.user)
            func registering(_ more: (String, Value)...) -> NewEvent {
                var data: [(String, Value)] = [("name", "B"), ("authMethod", "google")]
                if !more.contains(where: { $0.0 == "email" }) { data.append(("email", "b@users.example")) }
                return SecretCheckTests.event("r", "user.registered", Document(data + more))
            }
            let long = Value.string("canary " + String(repeating: "x", count: 500))
            let profile: Document = ["dateOfBirth": "canary", "gender": "canary"]
            let cases: [(event: NewEvent, reasons: Set<String>)] = [
                (registering(("email", "ada@users.example")), ["unique email"]),
                (registering(("email", "canary")), ["format email"]),
                (registering(("profile", ["bio": long])), ["maxlength profile.bio"]),
                (registering(("profile", "canary")), ["cast profile"]),
                (registering(("username", "canary !")), ["format username"]),
                (
                    SecretCheckTests.event("e", "user.profileChanged", ["userId": who, "set": ["profile.bio": long]]),
                    ["maxlength set.profile.bio"]
                ),
                (
                    SecretCheckTests.event(
                        "e", "userProfile.created", ["userId": who, "personalInfo": .document(profile)]),
                    ["cast personalInfo.dateOfBirth", "enum personalInfo.gender"]
                ),
            ]
            for (event, reasons) in cases {
                do {
                    try await store.append(event)
                    Issue.record("\(event.type) \(reasons) was accepted")
                } catch AppendError.refused(let all) {
                    let told = all.flatMap(\.refusals.reasons)
                    #expect(Set(told.map { "\($0.rule.rawValue) \($0.field)" }) == reasons)
                    #expect(told.allSatisfy { $0.value == nil }, "\(told)")
                    let text = "\(AppendError.refused(all))"
                    #expect(!text.contains("canary") && !text.contains("ada@"), "\(text)")
                }
            }
            // What is open is shown.
            do {
                try await store.append(registering(("preferences", ["theme": "blue"])))
                Issue.record("a blue theme was accepted")
            } catch AppendError.refused(let all) {
                #expect(all.flatMap(\.refusals.reasons).map(\.value) == ["blue"])
            }
        }
    }
}
