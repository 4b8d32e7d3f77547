import Foundation
import Testing

/// The HTTP door with curl: keys, following the log, questions, parked events.
@Suite struct DoorTests {
    private static let json = ["-H", "content-type: application/json"]

    private func event(_ number: Int, _ type: String = "user.registered") -> String {
        let id = String(repeating: "0", count: 23) + String(number)
        return type == "user.registered"
            ? #"{"specversion":"1.0","id":"\#(number)","source":"/t","type":"\#(type)","data":{"_id":"\#(id)","email":"u\#(number)@users.example","name":"Ada","authMethod":"google"}}"#
            : #"{"specversion":"1.0","id":"l\#(number)","source":"/t","type":"\#(type)","data":{"userId":"\#(id)"}}"#
    }

    @Test func keysOpenTheDoor() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        // A store must be there first.
        #expect(try Program.run("keys", "create", "web", "--scope", "admin", "--data", data).status == 66)
        let status = try Program.serving(data) { url in
            #expect(try curl(["\(url)/v1/collections"]).hasSuffix(" 200"))
            let made = try Program.run("keys", "create", "web", "--scope", "append:user.*", "--data", data, "--json")
            let key = try #require(try made.objects.first?["key"] as? String)
            let id = try #require(try made.objects.first?["id"] as? String)
            usleep(1_200_000)
            #expect(try curl(["\(url)/v1/collections"]).hasSuffix(" 401"))
            let bearer = ["-H", "authorization: Bearer \(key)"]
            #expect(try curl(bearer + ["\(url)/v1/events"]).hasSuffix(" 403"))
            #expect(try curl(bearer + Self.json + ["-d", event(1), "\(url)/v1/events"]).hasSuffix(" 201"))
            let listed = try Program.run("keys", "list", "--data", data)
            #expect(listed.output.contains("append:user.*") && !listed.output.contains(key))
            #expect(try Program.run("keys", "revoke", id, "--data", data).status == 0)
            #expect(try Program.run("keys", "revoke", id, "--data", data).status == 66)
        }
        #expect(status == 0)
        #expect(try Program.run("keys", "create", "web", "--scope", "append", "--data", data).status == 64)
        // Where no key was ever made, only on this machine. With a limit, since a server that is not refused would stay.
        let serve = [try Program.path("annals"), "serve", "--http", "0.0.0.0:0", "--data", scratch.path("other")]
        let elsewhere = try Program.run("/usr/bin/timeout", ["30"] + serve)
        #expect(elsewhere.status == 78 && elsewhere.errors.contains("annals keys create"), "\(elsewhere.errors)")
    }

    /// curl follows the log while events come; told to stop, the server ends the stream and itself.
    @Test func curlFollows() throws {
        let scratch = TemporaryDirectory()
        let follower = Process()
        let start = Date()
        let status = try Program.serving(scratch.path("data")) { url in
            _ = try curl(Self.json + ["-d", event(1), "\(url)/v1/events"])
            follower.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
            follower.arguments = ["-sN", "--max-time", "60", "-H", "accept: text/event-stream", "\(url)/v1/events"]
            follower.standardOutput = try scratch.file("stream")
            try follower.run()
            for number in 2...4 { _ = try curl(Self.json + ["-d", event(number), "\(url)/v1/events"]) }
            for _ in 0..<200 where try !scratch.text("stream").contains("id: 4\n") { usleep(50_000) }
        }
        #expect(status == 0)
        follower.waitUntilExit()
        #expect(follower.terminationStatus == 0)
        #expect(Date().timeIntervalSince(start) < 50)
        let ids = try scratch.text("stream").split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { line in
            line.components(separatedBy: #""position":"#).last.map { $0.prefix { $0.isNumber } } ?? ""
        }
        #expect(ids == ["1", "2", "3", "4"])
    }

    @Test func questionsAndLogs() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        _ = try Program.serving(data, ["--log-format", "json", "--log-level", "info"]) { url in
            _ = try curl(Self.json + ["-d", event(1), "\(url)/v1/events"])
            let found = try curl(
                Self.json + ["-d", #"{"filter":{"email":"u1@users.example"}}"#, "\(url)/v1/collections/users/find"])
            #expect(found.contains(#""position":1"#) && found.hasSuffix(" 200"), "\(found)")
            let table = try curl(
                Self.json + [
                    "-H", "accept: text/csv", "-d", #"{"projection":{"email":1}}"#, "\(url)/v1/collections/users/find",
                ])
            #expect(table.contains("_id,email\r\n"), "\(table)")
            #expect(try curl(["\(url)/metrics"]).contains("annals_events_total 1\n"))
            #expect(try curl(["\(url)/openapi.json"]).contains(#""openapi":"3.1.0""#))
        }
    }

    @Test func parkedEventsAreTriedAgain() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        _ = try Program.serving(data) { url in
            let parked = try curl(Self.json + ["-d", event(1, "user.loggedIn"), "\(url)/v1/events?onRefusal=park"])
            #expect(parked.hasSuffix(" 202"), "\(parked)")
        }
        let listed = try Program.run("parked", "list", "--data", data)
        #expect(listed.output.contains("user.loggedIn"), "\(listed.errors)")
        #expect(try Program.run("parked", "retry", "--all", "--data", data).status == 65)
        let input = Data(event(1).utf8)
        #expect(try Program.run("import", "-", "--data", data, input: input).status == 0)
        #expect(try Program.run("parked", "retry", "--all", "--data", data).status == 0)
        #expect(try Program.run("parked", "list", "--data", data).output.isEmpty)
        #expect(try Program.run("parked", "discard", "--data", data).status == 64)
    }

    @Test func overTLS() throws {
        let scratch = TemporaryDirectory()
        let (certificate, key) = (scratch.path("certificate.pem"), scratch.path("key.pem"))
        let request = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
            certificate,
        ]
        let made = try Program.run("/usr/bin/env", request)
        #expect(made.status == 0, "\(made.errors)")
        let options = ["--tls-certificate", certificate, "--tls-key", key]
        let status = try Program.serving(scratch.path("data"), options) { url in
            #expect(url.hasPrefix("https://"))
            let trusted = ["--cacert", certificate]
            let created = try curl(trusted + Self.json + ["-d", event(1), "\(url)/v1/events"])
            #expect(created.hasSuffix(" 201"), "\(created)")
            #expect(try curl(["\(url)/livez"]).hasSuffix(" 000"))
            #expect(try curl([url.replacingOccurrences(of: "https", with: "http") + "/livez"]).hasSuffix(" 000"))
        }
        #expect(status == 0)
        let renewed = try Program.serving(scratch.path("data"), options) { url, process in
            let old = scratch.path("old.pem")
            try FileManager.default.copyItem(atPath: certificate, toPath: old)
            #expect(try Program.run("/usr/bin/env", request).status == 0)
            kill(process.processIdentifier, SIGHUP)
            var isShown = false
            for _ in 0..<200 where !isShown {
                usleep(50_000)
                isShown = try curl(["--cacert", certificate, "\(url)/livez"]).hasSuffix(" 200")
            }
            #expect(isShown)
            #expect(try curl(["--cacert", old, "\(url)/livez"]).hasSuffix(" 000"))
        }
        #expect(renewed == 0)
        for wrong in [["--tls-certificate", certificate], ["--tls-key", key]] {
            #expect(try Program.run(try Program.path("annals"), ["serve"] + wrong).status == 64)
        }
        let swapped = ["serve", "--tls-certificate", key, "--tls-key", certificate]
        #expect(try Program.run(try Program.path("annals"), swapped).status == 78)
    }
}
