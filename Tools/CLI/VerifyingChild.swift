import ArgumentParser
import BSON
import Foundation
import Synchronization

/// `replay verify` in a process of its own. Reading a page that makes no sense can end a process (LMDB's assertions, a
/// page past the file's end), and an auditor is to be told that the store is damaged, not to see a crash.
enum VerifyingChild {
    /// The child, for the signals that are handed on to it.
    private static let child = Atomic<Int32>(0)

    /// Runs this program's own command line again, in a child, and ends as that did.
    ///
    /// `tidy`: removes what it leaves where a signal ends it.
    static func run(isJSON: Bool, tidy: () throws -> Void) throws {
        let arguments = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst() + ["--in-this-process"]
        var environment = ProcessInfo.processInfo.environment
        // A crash is expected here, and told by us.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        try Console.flush()
        let status = try wait(for: try spawn(arguments, environment))
        if status & 0x7F == 0 {
            let code = status >> 8 & 0xFF
            if code != 0 { throw Failure(ExitCode(code), "") }
            return
        }
        try tidy()
        try report(signal: status & 0x7F, isJSON)
    }

    /// In the child: whoever waits for its verdict may be killed, and then nobody would end it. What it leaves goes with the
    /// next run, opening or erasure.
    static func endWithParent() {
        let parent = getppid()
        Thread.detachNewThread {
            while getppid() == parent { Thread.sleep(forTimeInterval: 0.5) }
            _exit(128 + SIGTERM)
        }
    }

    private static func spawn(_ arguments: [String], _ environment: [String: String]) throws -> pid_t {
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/proc/self/exe", nil, nil, &words, &settings)
        guard code == 0 else { throw Failure(.software, "cannot start a process to verify in (errno \(code))") }
        child.store(pid, ordering: .sequentiallyConsistent)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in _ = kill(VerifyingChild.child.load(ordering: .sequentiallyConsistent), number) }
        }
        return pid
    }

    private static func wait(for pid: pid_t) throws -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) != pid {
            guard errno == EINTR else { throw Failure(.software, "the verifying process is lost (errno \(errno))") }
        }
        return status
    }

    private static func report(signal number: Int32, _ isJSON: Bool) throws {
        let crashes = [
            SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS", SIGABRT: "SIGABRT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
            SIGFPE: "SIGFPE",
        ]
        guard let name = crashes[number] else {
            // Somebody ended it: nothing is known of the store.
            throw Failure(ExitCode(128 + number), "verifying was ended by signal \(number)")
        }
        let reason =
            "reading the store ended the process (\(name)): a page of its files is damaged. Restore the log from a backup; "
            + "if the log alone verifies, remove the views' directory, and they are made anew"
        if isJSON {
            try Console.printJSON(["ok": false, "crash": .string(name), "reason": .string(reason)])
        } else {
            try Console.print(Console.red("the store is damaged: ") + reason)
        }
        throw Failure(ExitCode(1), "")
    }
}
