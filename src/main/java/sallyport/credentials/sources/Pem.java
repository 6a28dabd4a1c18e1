package sallyport.credentials.sources;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Blocks of a PEM file (RFC 7468), read without a single String of their content, since a String of
 * a key could not be wiped.
 */
public final class Pem {
  private static final byte[] BEGIN = ascii("-----BEGIN ");
  private static final byte[] END = ascii("-----END ");
  private static final byte[] DASHES = ascii("-----");

  private Pem() {}

  /**
   * One block.
   *
   * @param type such as {@code PRIVATE KEY}
   * @param legacyEncryption whether it has the headers of OpenSSL's old way to encrypt (RFC 1421)
   * @param der what is in it; empty when it was not read
   * @param sound whether it is base64
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Block(String type, boolean legacyEncryption, byte[] der, boolean sound) {
    public void wipe() {
      Arrays.fill(der, (byte) 0);
    }
  }

  /**
   * Reads all blocks in the order of the file; text around them is ignored.
   *
   * @throws UnusableFile when one is not whole
   */
  public static List<Block> blocks(Path file, byte[] content) throws UnusableFile {
    List<Block> blocks = framed(file, content);
    if (!blocks.stream().allMatch(Block::sound)) {
      blocks.forEach(Block::wipe);
      throw broken(file);
    }
    return blocks;
  }

  /**
   * Reads all blocks, those that are not base64 included.
   *
   * @throws UnusableFile when one does not end
   */
  public static List<Block> framed(Path file, byte[] content) throws UnusableFile {
    List<Block> blocks = new ArrayList<>();
    int at = 0;
    while ((at = indexOf(content, BEGIN, at)) >= 0) {
      int typeStart = at + BEGIN.length;
      int typeEnd = indexOf(content, DASHES, typeStart);
      if (typeEnd < 0 || typeEnd - typeStart > 64) {
        throw broken(file);
      }
      String type = new String(content, typeStart, typeEnd - typeStart, StandardCharsets.US_ASCII);
      int start = typeEnd + DASHES.length;
      int end = indexOf(content, END, start);
      if (end < 0) {
        throw broken(file);
      }
      blocks.add(block(type, content, start, end));
      at = end + END.length;
    }
    return blocks;
  }

  private static Block block(String type, byte[] content, int start, int end) {
    byte[] body = Arrays.copyOfRange(content, start, end);
    try {
      if (indexOf(body, ascii("Proc-Type:"), 0) >= 0) {
        return new Block(type, true, new byte[0], true);
      }
      return new Block(type, false, Base64.getMimeDecoder().decode(body), true);
    } catch (IllegalArgumentException notBase64) {
      return new Block(type, false, new byte[0], false);
    } finally {
      Arrays.fill(body, (byte) 0);
    }
  }

  private static UnusableFile broken(Path file) {
    return new UnusableFile("'" + file + "' is not a sound PEM file");
  }

  private static int indexOf(byte[] in, byte[] what, int from) {
    for (int i = from; i <= in.length - what.length; i++) {
      if (Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    return -1;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
