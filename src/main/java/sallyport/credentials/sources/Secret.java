package sallyport.credentials.sources;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.SecretConfig;

/**
 * Passphrase or PIN, held as long as it is needed and then wiped. It comes from an environment
 * variable, a file or a command; never from the configuration itself.
 */
public final class Secret implements AutoCloseable {
  private static final int MAX_BYTES = 4096;

  /** Of a character in UTF-8; of those beyond 16 bits it has two for each half. */
  private static final int MAX_OCTETS = 3;

  /** What stands in place of octets that are no characters; no passphrase has it. */
  private static final char REPLACED = '\uFFFD';

  private final char[] chars;

  private Secret(char[] chars) {
    this.chars = chars;
  }

  /**
   * Reads it now; a line end behind it does not belong to it.
   *
   * @throws UnusableFile when it cannot be had; says from where, never what
   */
  public static Secret read(SecretConfig config) throws UnusableFile {
    Secret secret =
        switch (config) {
          case SecretConfig.Environment environment -> ofEnvironment(environment);
          case SecretConfig.File file -> of(KeyFile.read(file.path()));
          case SecretConfig.Command command -> ofCommand(command);
        };
    if (secret.chars.length == 0) {
      throw new UnusableFile("the secret from " + config.origin() + " is empty");
    }
    for (char each : secret.chars) {
      if (each == REPLACED) {
        secret.close();
        throw new UnusableFile(
            config instanceof SecretConfig.Environment
                ? config.origin()
                    + " cannot be read in this process's locale ("
                    + System.getProperty("sun.jnu.encoding")
                    + "): set LC_ALL=C.UTF-8, or keep the secret in a file"
                : "the secret from " + config.origin() + " is not UTF-8");
      }
    }
    return secret;
  }

  private static Secret ofEnvironment(SecretConfig.Environment from) throws UnusableFile {
    String value = System.getenv(from.name());
    if (value == null) {
      throw new UnusableFile(from.origin() + " is not set");
    }
    return new Secret(value.toCharArray());
  }

  private static Secret ofCommand(SecretConfig.Command command) throws UnusableFile {
    return of(
        Sources.output(
            new ProcessBuilder(command.line())
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectError(ProcessBuilder.Redirect.DISCARD),
            command.origin(),
            MAX_BYTES));
  }

  private static Secret of(byte[] utf8) {
    CharBuffer decoded = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(utf8));
    int end = decoded.limit();
    while (end > 0 && (decoded.get(end - 1) == '\n' || decoded.get(end - 1) == '\r')) {
      end--;
    }
    char[] chars = new char[end];
    decoded.get(0, chars);
    Arrays.fill(utf8, (byte) 0);
    if (decoded.hasArray()) {
      Arrays.fill(decoded.array(), '\0');
    }
    return new Secret(chars);
  }

  /** Copies the secret; the copy is wiped separately. */
  public Secret copy() {
    return new Secret(chars.clone());
  }

  /** Returns the characters themselves; they are wiped on {@link #close}. */
  public char[] chars() {
    return chars;
  }

  /**
   * Returns its octets in UTF-8, each as a character; for readers that convert them to octets one
   * by one.
   */
  public char[] octets() {
    byte[] bytes = new byte[chars.length * MAX_OCTETS];
    ByteBuffer utf8 = ByteBuffer.wrap(bytes);
    StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(chars), utf8, true);
    char[] octets = new char[utf8.position()];
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (char) (bytes[i] & 0xff);
    }
    Arrays.fill(bytes, (byte) 0);
    return octets;
  }

  /** Decodes base64, of either alphabet, with or without padding; null where it is not base64. */
  public byte @Nullable [] base64() {
    byte[] text = new byte[chars.length];
    for (int i = 0; i < chars.length; i++) {
      // What is no ASCII is no base64 either.
      text[i] = (byte) (chars[i] == '-' ? '+' : chars[i] == '_' ? '/' : Math.min(chars[i], 127));
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException other) {
      return null;
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  @Override
  public void close() {
    Arrays.fill(chars, '\0');
  }
}
