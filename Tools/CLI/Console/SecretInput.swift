import Foundation

/// A secret from standard input, never from the arguments, which every process may read.
enum SecretInput {
    /// The first line. A terminal is asked, and shows nothing of the answer.
    static func read(_ prompt: String) throws -> String {
        let line = isatty(STDIN_FILENO) == 1 ? ask(prompt) : readLine()
        guard let line, !line.isEmpty else { throw Failure(.usage, "it must stand on standard input") }
        return line
    }

    private static func ask(_ prompt: String) -> String? {
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return nil }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            Console.note("")
        }
        Console.raw(prompt)
        return readLine()
    }
}
