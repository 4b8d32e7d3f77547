import Annals
import BSON
import Foundation
import Platform
import Projections
import Schema
import Testing

/// Questions about secrets: what fits, and what is found.
@Suite struct SecretCheckTests {
    static let user = AppendTests.user
    static let password = "canary horse battery"
    static let codes = ["canary-1111", "canary-2222"]
    static let token = "canary-reset-token"
    static let hour: Int64 = 3_600_000
    private static let (passwordField, codesField, tokenField, expiresField) = (
        "password", "security.backupCodes", "security.resetPasswordToken", "security.resetPasswordExpires"
    )

    static func event(_ id: String, _ type: String, _ data: Document) -> NewEvent {
        NewEvent(
            id: id, source: "/test", type: type, time: DateTime(milliseconds: StreamFixture.start), data: data)
    }

    static func registered(_ user: ObjectID = user, password: String, email: String = "ada@users.example") -> NewEvent {
        event(
            "register \(user)", "user.registered",
            ["_id": .objectID(user), "email": .string(email), "name": "Ada", "password": .string(password)])
    }

    /// Runs `body` on a store with a user who has all secrets there are, and its clock.
    static func withStore(
        _ name: String = #function, _ body: (Store, ManualClock) async throws -> Void
    ) async throws {
        let directory = TestDirectory(name)
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let store = try StreamFixture.store(directory.path, TimerTests.options(clock))
        let who = ("userId", Value.objectID(user))
        try await store.append([
            registered(password: password),
            event(
                "codes", "user.twoFactorEnabled", Document([who, ("backupCodes", .array(codes.map { .string($0) }))])),
            event(
                "reset", "user.passwordResetRequested",
                Document([
                    who, ("token", .string(token)),
                    ("expiresAt", .dateTime(DateTime(milliseconds: StreamFixture.start + hour))),
                ])),
        ])
        try await body(store, clock)
        try store.close()
    }

    private func fits(_ store: Store, _ text: String, _ field: String, _ id: ObjectID? = user) async throws -> Bool {
        try await store.fits(text, secret: field, of: id, in: "users")
    }

    // MARK: What fits

    @Test func passwordsFitOrNot() async throws {
        try await Self.withStore { store, _ in
            #expect(try await fits(store, Self.password, Self.passwordField))
            for wrong in ["", "canary horse batterx", Self.password + " ", Self.password.uppercased()] {
                #expect(try await !fits(store, wrong, Self.passwordField), "\(wrong)")
            }
            // Who is not there has no password.
            #expect(try await !fits(store, Self.password, Self.passwordField, nil))
            #expect(
                try await !fits(store, Self.password, Self.passwordField, ObjectID(hex: "0000000000000000000000ff")))
            // The hash is no password.
            let hash = try #require(try store.document("users", id: Self.user)?["password"]?.text)
            #expect(try await !fits(store, hash, Self.passwordField))
            // The newest password counts.
            try await store.append(
                Self.event(
                    "new", "user.passwordChanged", ["userId": .objectID(Self.user), "password": "another canary"]))
            #expect(try await !fits(store, Self.password, Self.passwordField))
            #expect(try await fits(store, "another canary", Self.passwordField))
        }
    }

    @Test func backupCodesFitUntilTheyAreUsed() async throws {
        try await Self.withStore { store, _ in
            for code in Self.codes { #expect(try await fits(store, code, Self.codesField)) }
            #expect(try await !fits(store, "canary-3333", Self.codesField))
            #expect(try await !fits(store, "", Self.codesField))
            #expect(try await !fits(store, Self.codes[0], Self.codesField, nil))
            try await store.append(
                Self.event(
                    "used", "user.backupCodeUsed", ["userId": .objectID(Self.user), "code": .string(Self.codes[0])]))
            #expect(try await !fits(store, Self.codes[0], Self.codesField))
            #expect(try await fits(store, Self.codes[1], Self.codesField))
        }
    }

    /// RFC 7914's last but one vector as a hash from elsewhere: other parameters than ours.
    private static let foreign =
        "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA"

    @Test func hashesFromElsewhereAreCheckedOrSaidNotToBe() async throws {
        try await Self.withStore { store, _ in
            func changed(to hash: String) async throws {
                try await store.append(
                    Self.event(
                        "to \(hash)", "user.passwordChanged",
                        ["userId": .objectID(Self.user), "password": .string(hash)]))
            }
            try await changed(to: Self.foreign)
            #expect(try await fits(store, "password", Self.passwordField))
            #expect(try await !fits(store, "passwordx", Self.passwordField))
            let uncheckable = [
                ("$2b$10$" + String(repeating: "a", count: 53), "bcrypt"),
                ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g", "argon2"),
                ("scrypt$16384$8$1$00$00", "scrypt in another form"),
                ("$scrypt$ln=14,r=8$AAAA$AAAA", "scrypt in another form"),
                // What would take all memory, or all day, is not tried.
                ("$scrypt$ln=24,r=8,p=1$AAAA$" + String(repeating: "A", count: 43), "a cost that is not paid here"),
                ("$scrypt$ln=14,r=8,p=9$AAAA$" + String(repeating: "A", count: 43), "a cost that is not paid here"),
                (
                    "$scrypt$ln=\(Int.max),r=8,p=1$AAAA$" + String(repeating: "A", count: 43),
                    "a cost that is not paid here"
                ),
            ]
            for (hash, kind) in uncheckable {
                try await changed(to: hash)
                await #expect {
                    _ = try await fits(store, "password", Self.passwordField)
                } throws: { error in
                    guard case StoreError.secret(.unsupportedHash) = error else { return false }
                    return "\(error)".contains(kind) && !"\(error)".contains(String(hash.suffix(20)))
                }
            }
        }
    }

    @Test func onlySecretsAreChecked() async throws {
        try await Self.withStore { (store, _) async throws in
            for field in ["email", "name", "security", "nothing"] {
                await #expect(throws: StoreError.self) { _ = try await fits(store, "x", field) }
            }
            #expect(throws: StoreError.self) { _ = try store.find(token: "x", field: "password", in: "users") }
            #expect(throws: StoreError.self) { _ = try store.find(token: "x", field: Self.codesField, in: "users") }
            #expect(throws: StoreError.self) { _ = try store.find("x", field: Self.tokenField, in: "users") }
            #expect(try store.find(" ADA@users.example", field: "email", in: "users") == nil)
            #expect(try store.find("ADA@users.example", field: "email", in: "users") == Self.user)
            #expect(try store.find("ada@users.exampl", field: "email", in: "users") == nil)
        }
    }

    /// A wrong password, and nobody at all, cost one hash each: neither is answered at once.
    @Test func nobodyTakesAsLongAsAWrongPassword() async throws {
        let directory = TestDirectory()
        var options = StreamFixture.options()
        options.passwordRounds = 1 << 14
        let store = try StreamFixture.store(directory.path, options)
        try await store.append(Self.registered(password: Self.password))
        func fastest(_ id: ObjectID?) async throws -> Duration {
            var fastest = Duration.seconds(60)
            for _ in 0..<5 {
                let time = try await ContinuousClock().measure { _ = try await fits(store, "wrong", "password", id) }
                fastest = min(fastest, time)
            }
            return fastest
        }
        let (wrong, nobody) = (try await fastest(Self.user), try await fastest(nil))
        // The fastest of five: what else the machine does only adds.
        #expect(nobody > wrong / 3 && wrong > nobody / 3, "wrong \(wrong), nobody \(nobody)")
        try store.close()
    }

    @Test func manyChecksAtOnceAllGetAnAnswer() async throws {
        try await Self.withStore { (store, _) async throws in
            let answers = await withTaskGroup(of: String.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let text = number.isMultiple(of: 2) ? Self.password : "wrong"
                        do {
                            let fits = try await store.fits(text, secret: "password", of: Self.user, in: "users")
                            return fits == number.isMultiple(of: 2) ? "right" : "wrong"
                        } catch StoreError.secret(.busy) {
                            return "busy"
                        } catch { return "\(error)" }
                    }
                }
                return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(
                Set(answers.keys).isSubset(of: ["right", "busy"]) && answers["right", default: 0] >= 64, "\(answers)")
            // Who was turned away is let in again.
            #expect(try await fits(store, Self.password, Self.passwordField))
        }
    }

    // MARK: What is found

    private func find(_ store: Store, _ token: String) throws -> ObjectID? {
        try store.find(token: token, field: Self.tokenField, in: "users", expiring: Self.expiresField)
    }

    @Test func tokensAreFoundUntilTheyExpire() async throws {
        try await Self.withStore { store, clock in
            #expect(try find(store, Self.token) == Self.user)
            #expect(try find(store, Self.token + "x") == nil)
            #expect(try find(store, "") == nil)
            // What is stored is no token.
            let hash = try #require(try store.document("users", id: Self.user)?["security.resetPasswordToken"]?.text)
            #expect(try find(store, hash) == nil)
            clock.advance(milliseconds: Self.hour - 1)
            #expect(try find(store, Self.token) == Self.user)
            clock.advance(milliseconds: 1)
            #expect(try find(store, Self.token) == nil)
            #expect(try store.find(token: Self.token, field: Self.tokenField, in: "users") == Self.user)
        }
    }

    @Test func aTokenOfTwoIsNobodys() async throws {
        try await Self.withStore { store, _ in
            let other = try #require(ObjectID(hex: "65920080bbbbbbbbbbbbbbbb"))
            try await store.append([
                Self.registered(other, password: Self.password, email: "eve@users.example"),
                Self.event(
                    "reset 2", "user.passwordResetRequested",
                    [
                        "userId": .objectID(other), "token": .string(Self.token),
                        "expiresAt": .dateTime(DateTime(milliseconds: StreamFixture.start + Self.hour)),
                    ]),
            ])
            #expect(try find(store, Self.token) == nil)
        }
    }
}

extension Value {
    var text: String? { if case .string(let text) = self { text } else { nil } }
}
