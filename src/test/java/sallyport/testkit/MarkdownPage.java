package sallyport.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Page of the documentation, split into prose, fenced blocks, headings and links.
 *
 * @param path relative to the top of the repository
 * @param prose the text with blocks and inline code blanked out; lines keep their numbers
 */
public record MarkdownPage(
    Path path, String prose, List<Block> blocks, List<String> headings, List<Link> links) {
  private static final Pattern FENCE = Pattern.compile("\\s*```(.*)");
  private static final Pattern INLINE_CODE = Pattern.compile("`[^`]+`");
  private static final Pattern HEADING = Pattern.compile("#{1,6} +(.*)");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");

  /**
   * Fenced block.
   *
   * @param line of its first line of text
   * @param language empty for none
   */
  public record Block(int line, String language, String text) {}

  /** Target of an inline link. */
  public record Link(int line, String target) {}

  /** Every page of the repository: at its top, below {@code docs}, {@code loadtest}, and forms. */
  public static List<MarkdownPage> all() throws IOException {
    List<Path> paths = new ArrayList<>();
    for (String folder : List.of(".", "loadtest", ".github")) {
      try (Stream<Path> files = Files.list(Path.of(folder))) {
        files.map(Path::normalize).forEach(paths::add);
      }
    }
    try (Stream<Path> files = Files.walk(Path.of("docs"))) {
      files.forEach(paths::add);
    }
    List<MarkdownPage> pages = new ArrayList<>();
    for (Path path : paths.stream().sorted().toList()) {
      if (path.toString().endsWith(".md")) {
        pages.add(parse(path, Files.readString(path)));
      }
    }
    return pages;
  }

  /** Reads a page from its text. */
  public static MarkdownPage parse(Path path, String text) {
    StringBuilder prose = new StringBuilder();
    List<Block> blocks = new ArrayList<>();
    List<String> headings = new ArrayList<>();
    StringBuilder block = new StringBuilder();
    String language = null;
    int number = 0;
    int start = 0;
    for (String line : text.lines().toList()) {
      number++;
      Matcher fence = FENCE.matcher(line);
      if (fence.matches()) {
        if (language == null) {
          language = fence.group(1).strip();
          block.setLength(0);
          start = number + 1;
        } else {
          blocks.add(new Block(start, language, block.toString()));
          language = null;
        }
      } else if (language != null) {
        block.append(line).append('\n');
      } else {
        Matcher heading = HEADING.matcher(line);
        if (heading.matches()) {
          headings.add(heading.group(1));
        }
        prose.append(line);
      }
      prose.append('\n');
    }
    // A fence that is never closed makes a block too: its language says that it is open.
    if (language != null) {
      blocks.add(new Block(start, "(not closed) " + language, block.toString()));
    }
    String blanked =
        INLINE_CODE
            .matcher(prose)
            .replaceAll(code -> code.group().replaceAll("[^\n]", "`").replace("\\", ""));
    return new MarkdownPage(path, blanked, blocks, headings, links(blanked));
  }

  private static List<Link> links(String prose) {
    List<Link> links = new ArrayList<>();
    Matcher link = LINK.matcher(prose);
    while (link.find()) {
      links.add(new Link(line(prose, link.start()), link.group(1)));
    }
    return links;
  }

  /** The number of the line, from 1, of a position in {@link #prose}. */
  public static int line(String text, int position) {
    return 1 + (int) text.substring(0, position).chars().filter(c -> c == '\n').count();
  }

  /** The blocks of one language. */
  public List<Block> blocks(String language) {
    return blocks.stream().filter(block -> block.language().equals(language)).toList();
  }

  /** The commands of its {@code sh} blocks, without comments. */
  public List<String> commands() {
    return blocks("sh").stream()
        .flatMap(block -> block.text().lines())
        .map(line -> line.replaceFirst("(^|\\s+)# .*", "").strip())
        .filter(line -> !line.isEmpty())
        .toList();
  }

  /** The anchors of its headings, as GitHub makes them. */
  public Set<String> anchors() {
    Set<String> anchors = new HashSet<>();
    Map<String, Integer> seen = new HashMap<>();
    for (String heading : headings) {
      String anchor =
          heading
              .toLowerCase(Locale.ROOT)
              .codePoints()
              .filter(c -> Character.isLetterOrDigit(c) || c == ' ' || c == '-' || c == '_')
              .mapToObj(Character::toString)
              .collect(Collectors.joining())
              .replace(' ', '-');
      int earlier = seen.merge(anchor, 1, Integer::sum) - 1;
      anchors.add(earlier == 0 ? anchor : anchor + "-" + earlier);
    }
    return anchors;
  }
}
