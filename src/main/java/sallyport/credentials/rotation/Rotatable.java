package sallyport.credentials.rotation;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.keys.KeyOpener;

/**
 * One side's certificates, keys and trust, or a listener's ticket keys or deny list, which can be
 * opened again while they are in use.
 */
public interface Rotatable {
  /**
   * {@code server}, {@code client}, {@code tickets}, {@code denied}, {@code client-crls} or {@code
   * backend-crls}.
   */
  String use();

  /** What it is and whose, for people, such as {@code deny list of listener https}. */
  String description();

  /** The listener or the backend. */
  String name();

  /** Every certificate that is in use: of all chains and of all trust. */
  default List<HeldCertificate> held() {
    return List.of();
  }

  /** Every file that it was opened from; others when files have come or gone. */
  List<Path> files();

  /**
   * Opens and checks everything anew, which blocks for as long as files, commands and tokens do,
   * and only then puts it to use, all at once: handshakes that begin afterwards get the new, those
   * in progress end with the old.
   *
   * <p>One thread at a time.
   *
   * @param mayLoosen whether more may be trusted than before
   */
  Rotation rotate(KeyOpener keys, Clock clock, boolean mayLoosen);
}
