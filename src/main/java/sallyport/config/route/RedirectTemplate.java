package sallyport.config.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
   * @throws IllegalArgumentException with what is wrong, for people
   */
  static RedirectTemplate parse(String text) {
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
      add(text.substring(from, braces.start()), parts);
      parts.add(taken(braces.group(1)));
      from = braces.end();
    }
    add(text.substring(from), parts);
    return new RedirectTemplate(text, List.copyOf(parts));
  }

  private static void add(String literal, List<Part> parts) {
    if (literal.indexOf('{') >= 0 || literal.indexOf('}') >= 0) {
      throw new IllegalArgumentException("has a brace without its counterpart: '" + literal + "'");
    }
    if (!literal.isEmpty()) {
      parts.add(new Part.Text(literal));
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
   * @return null if the location needs a host and the request has none
   */
  public @Nullable String location(String host, String path, String rest, @Nullable String query) {
    StringBuilder location = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Part.Text literal -> location.append(literal.text());
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
