package sallyport.config.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.pattern.GroupText;
import sallyport.config.route.pattern.PathPattern;

/**
 * Location of a redirect, with parts of the request in braces. It never leads to a host that
 * neither the configuration names nor the route serves, and never from TLS to plain HTTP.
 *
 * @param text as it is configured
 * @param parts in order
 */
public record RedirectTemplate(String text, List<Part> parts) {
  /** Part of the location. */
  public sealed interface Part {
    /** Text as it stands. */
    record Text(String text) implements Part {}

    /**
     * Part of the path that a group of the pattern matches.
     *
     * @param number from 1 on
     */
    record Group(int number) implements Part {}

    /** Part of the request. */
    enum Taken implements Part {
      /** The host that the client asked for, without a port. */
      HOST,
      /** The path as received. */
      PATH,
      /** What follows the path of the route: empty, or begins with a slash. */
      REST,
      /** The query with its question mark; empty without one. */
      QUERY
    }
  }

  private static final Pattern BRACES = Pattern.compile("\\{([^{}]*)}");

  /** An absolute path, or a host of which the template does not make another one. */
  private static final Pattern SAFE =
      Pattern.compile(
          "/(?![/\\\\]).*|\\{path}.*"
              + "|https://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+]|\\{host})(:[0-9]{1,5})?([/?#].*|\\{(path|rest|query)}.*|)");

  /**
   * Parses a template.
   *
   * @param pattern whose groups it may have ({@code $1}); null without
   * @throws IllegalArgumentException with what is wrong, for people
   */
  static RedirectTemplate parse(String text, @Nullable PathPattern pattern) {
    if (!text.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new IllegalArgumentException(
          "must be printable ASCII without blanks, is '" + text + "'");
    }
    if (!SAFE.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "must be a path, {path} or https://HOST, each with anything behind it, is '"
              + text
              + "'");
    }
    List<Part> parts = new ArrayList<>();
    int from = 0;
    Matcher braces = BRACES.matcher(text);
    while (braces.find()) {
      add(text.substring(from, braces.start()), pattern, parts);
      parts.add(taken(braces.group(1)));
      from = braces.end();
    }
    add(text.substring(from), pattern, parts);
    return new RedirectTemplate(text, List.copyOf(parts));
  }

  private static void add(String literal, @Nullable PathPattern pattern, List<Part> parts) {
    if (literal.indexOf('{') >= 0 || literal.indexOf('}') >= 0) {
      throw new IllegalArgumentException("has a brace without its counterpart: '" + literal + "'");
    }
    if (literal.isEmpty()) {
      return;
    }
    if (pattern == null) {
      parts.add(new Part.Text(literal));
      return;
    }
    for (GroupText.Piece piece : GroupText.parse(literal, pattern.groups()).pieces()) {
      parts.add(
          switch (piece) {
            case GroupText.Piece.Literal(String text) -> new Part.Text(text);
            case GroupText.Piece.Group(int number) -> new Part.Group(number);
          });
    }
  }

  private static Part taken(String word) {
    for (Part.Taken taken : Part.Taken.values()) {
      if (taken.name().toLowerCase(Locale.ROOT).equals(word)) {
        return taken;
      }
    }
    throw new IllegalArgumentException(
        "'{" + word + "}' is none of {host}, {path}, {rest} and {query}");
  }

  /**
   * Returns the location for a request.
   *
   * @param host of the request, without a port; empty if it has none
   * @param path as received, in canonical form
   * @param rest what of it follows the path of the route
   * @param groups of the pattern; empty without one
   * @return null if the location needs a host and the request has none
   */
  public @Nullable String location(
      String host, String path, String rest, @Nullable String query, List<String> groups) {
    StringBuilder location = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Part.Text literal -> location.append(literal.text());
        case Part.Group group -> location.append(groups.get(group.number() - 1));
        case Part.Taken taken -> {
          if (taken == Part.Taken.HOST && host.isEmpty()) {
            return null;
          }
          location.append(
              switch (taken) {
                case HOST -> host;
                case PATH -> path;
                case REST -> rest.isEmpty() || rest.startsWith("/") ? rest : "/" + rest;
                case QUERY -> query == null ? "" : "?" + query;
              });
        }
      }
    }
    return withoutAuthority(location.toString());
  }

  /** A path that begins with two slashes would name a host (RFC 3986 section 4.2). */
  private static String withoutAuthority(String location) {
    int slashes = 0;
    while (slashes < location.length() && "/\\".indexOf(location.charAt(slashes)) >= 0) {
      slashes++;
    }
    return slashes > 1 ? "/" + location.substring(slashes) : location;
  }
}
