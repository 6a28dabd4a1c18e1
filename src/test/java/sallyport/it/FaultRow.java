package sallyport.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import sallyport.testkit.Fault;
import sallyport.testkit.FaultyBackend.Protocol;

/**
 * Row of the tables of {@code docs/faults.md}, which have their first two columns in common.
 *
 * @param status of the answer
 * @param cut whether the answer is cut
 * @param limit after which the answer comes; {@code at once} for none
 * @param failure empty where nothing has failed
 * @param reason of a bad response, or empty
 * @param audit the event, or empty
 * @param log the beginning of the line, or empty
 */
record FaultRow(
    Fault fault,
    Protocol protocol,
    int status,
    boolean cut,
    String limit,
    boolean getAgain,
    boolean postAgain,
    String failure,
    String reason,
    String audit,
    String log,
    boolean ejected) {
  private static final Path PAGE = Path.of("docs", "faults.md");
  private static final int CLIENTS = 6;
  private static final int COUNTED = 7;

  @Override
  public String toString() {
    return fault.words() + ", " + protocol;
  }

  /** Reads all rows; those for both protocols twice. */
  static List<FaultRow> read() throws IOException {
    List<List<String>> seen = table(CLIENTS);
    Map<List<String>, List<String>> counted = new LinkedHashMap<>();
    for (List<String> row : table(COUNTED)) {
      counted.put(row.subList(0, 2), row);
    }
    if (!seen.stream()
        .map(row -> row.subList(0, 2))
        .toList()
        .equals(List.copyOf(counted.keySet()))) {
      throw new AssertionError(PAGE + ": the tables have different rows");
    }
    List<FaultRow> rows = new ArrayList<>();
    for (List<String> row : seen) {
      for (Protocol protocol : protocols(row.get(1))) {
        rows.add(row(protocol, row, Objects.requireNonNull(counted.get(row.subList(0, 2)))));
      }
    }
    return rows;
  }

  private static FaultRow row(Protocol protocol, List<String> seen, List<String> counted) {
    String[] answer = seen.get(2).split(", ", 2);
    return new FaultRow(
        fault(seen.getFirst()),
        protocol,
        Integer.parseInt(answer[0]),
        answer.length == 2,
        seen.get(3),
        isYes(seen.get(4)),
        isYes(seen.get(5)),
        counted.get(2),
        counted.get(3),
        counted.get(4),
        counted.get(5),
        isYes(counted.get(6)));
  }

  static Fault fault(String words) {
    return Arrays.stream(Fault.values())
        .filter(fault -> fault.words().equals(words))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no fault '" + words + "'"));
  }

  static boolean isYes(String cell) {
    return switch (cell) {
      case "yes" -> true;
      case "no" -> false;
      default -> throw new AssertionError("neither yes nor no: " + cell);
    };
  }

  private static List<Protocol> protocols(String cell) {
    return switch (cell) {
      case "both" -> List.of(Protocol.HTTP1, Protocol.HTTP2);
      case "HTTP/1.1" -> List.of(Protocol.HTTP1);
      case "HTTP/2" -> List.of(Protocol.HTTP2);
      default -> throw new AssertionError("no protocol: " + cell);
    };
  }

  /** The rows of the table with so many columns, without its head. */
  static List<List<String>> table(int columns) throws IOException {
    try (Stream<String> lines = Files.lines(PAGE)) {
      return lines
          .filter(line -> line.startsWith("| ") && !line.startsWith("| fault "))
          .map(
              line ->
                  Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
                      .map(cell -> cell.strip().replace("`", ""))
                      .toList())
          .filter(row -> row.size() == columns)
          .toList();
    }
  }
}
