package sallyport.credentials.acme.store;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Text by which a replica says that it orders.
 *
 * @param owner the host's name and the process id, for people
 * @param nonce of the gateway, hex: a process may run several
 * @param count goes up at each renewal, so that others see that the owner runs
 * @param released whether the owner has given the lease up
 */
record LeaseRecord(String owner, String nonce, long count, boolean released) {
  private static final Pattern FORM =
      Pattern.compile(
          "sallyport-acme-leader 1\nowner ([A-Za-z0-9._/-]{1,100})\nnonce ([0-9a-f]{32})\n"
              + "count ([0-9]{1,18})\n(held|released)\n");

  /** Returns the record in a text; null for one that was not written completely. */
  static @Nullable LeaseRecord parse(String text) {
    Matcher found = FORM.matcher(text);
    return found.matches()
        ? new LeaseRecord(
            found.group(1),
            found.group(2),
            Long.parseLong(found.group(3)),
            found.group(4).equals("released"))
        : null;
  }

  String text() {
    return "sallyport-acme-leader 1\nowner %s\nnonce %s\ncount %d\n%s\n"
        .formatted(owner, nonce, count, released ? "released" : "held");
  }
}
