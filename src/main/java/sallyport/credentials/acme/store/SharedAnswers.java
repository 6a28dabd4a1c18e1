package sallyport.credentials.acme.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sallyport.values.Sha256;

/**
 * Store of the answers to the open challenges of an account, so that each replica can give them.
 * The answers are public, and have no secrets. Blocks; any thread.
 */
public final class SharedAnswers {
  private static final int MAX_FILES = 200;
  private static final String HTTP = "http-01.";
  private static final String TLS = "tls-alpn-01.";

  /** RFC 8555 section 8.1: base64url. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,128}");

  private static final Pattern PAGE =
      Pattern.compile("([a-z0-9._-]{1,253})\n(([A-Za-z0-9_-]{1,128})\\.[A-Za-z0-9_-]{43})\n");
  private static final Pattern VALIDATION =
      Pattern.compile("([a-z0-9._-]{1,253})\n([A-Za-z0-9_-]{43})\n");

  /** Answer by http-01: the host that is asked, and the key authorization. */
  public record Page(String host, String text) {}

  /**
   * Snapshot of the answers in the store.
   *
   * @param pages by token
   * @param validations for tls-alpn-01, by host: SHA-256 of the key authorization in base64url
   */
  public record Answers(Map<String, Page> pages, Map<String, String> validations) {}

  private final SharedFolder folder;

  /**
   * @param store of the account
   */
  public SharedAnswers(Path store) {
    this.folder = new SharedFolder(folder(store));
  }

  /** Returns the folder of the answers in a store. */
  public static Path folder(Path store) {
    return store.resolve("challenges");
  }

  /** Returns the folder. */
  public Path path() {
    return folder.path();
  }

  /** Returns whether an authority may ask for a token; others are no names of files. */
  public static boolean isToken(String token) {
    return TOKEN.matcher(token).matches();
  }

  /**
   * Creates the folder, and a file in it.
   *
   * @throws IOException when that cannot be done
   */
  public void prepare() throws IOException {
    folder.make();
    folder.probe();
  }

  /** Adds the answer to an HTTP challenge. */
  public void add(String token, Page page) throws IOException {
    if (!isToken(token)) {
      throw new IOException("the authority's token is not base64url");
    }
    folder.replace(HTTP + token, page.host() + "\n" + page.text() + "\n");
  }

  /** Removes the answer to an HTTP challenge. */
  public void remove(String token) throws IOException {
    if (isToken(token)) {
      folder.delete(HTTP + token);
    }
  }

  /**
   * Adds the answer to a TLS challenge.
   *
   * @param validation SHA-256 of the key authorization
   */
  public void addValidation(String host, byte[] validation) throws IOException {
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(validation);
    folder.replace(TLS + digest(host), host + "\n" + text + "\n");
  }

  /** Removes the answer to a TLS challenge. */
  public void removeValidation(String host) throws IOException {
    folder.delete(TLS + digest(host));
  }

  /** Removes all: those of a replica that has ended. */
  public void clear() throws IOException {
    folder.make();
    for (String name : folder.names()) {
      folder.delete(name);
    }
    folder.deleteDrafts();
  }

  /** Reads all answers that are there. Files of another form are ignored. */
  public Answers read() throws IOException {
    Map<String, Page> pages = new HashMap<>();
    Map<String, String> validations = new HashMap<>();
    List<String> names = folder.names();
    for (String name : names.subList(0, Math.min(names.size(), MAX_FILES))) {
      String text;
      try {
        text = folder.read(name);
      } catch (NoSuchFileException removedMeanwhile) {
        continue;
      }
      Matcher page = PAGE.matcher(text);
      Matcher validation = VALIDATION.matcher(text);
      if (page.matches() && name.equals(HTTP + page.group(3))) {
        pages.put(page.group(3), new Page(page.group(1), page.group(2)));
      } else if (validation.matches() && name.equals(TLS + digest(validation.group(1)))) {
        validations.put(validation.group(1), validation.group(2));
      }
    }
    return new Answers(pages, validations);
  }

  /** Returns the name of a file for a host, which may be longer than names of files. */
  private static String digest(String host) {
    return Sha256.hex(host.getBytes(StandardCharsets.US_ASCII));
  }
}
