package sallyport.tls.rotation;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.keys.KeyOpener;

/**
 * Opener of what one listener or backend is configured to have.
 *
 * @param <S> what it opens
 */
public interface TlsOpener<S extends TlsSnapshot> {
  /** Returns the side that it opens for. */
  Side side();

  /** Returns the name of the listener or the backend. */
  String name();

  /** Returns where the configuration has it. */
  ConfigLocation location();

  /** Returns how peers are verified; null where they are asked for no certificate. */
  @Nullable TrustConfig trust();

  /** Lists the files of certificates and keys. */
  List<Path> keyFiles();

  /**
   * Opens and checks every certificate, key and trust file, and builds contexts of them. Blocks for
   * as long as files, commands and tokens do.
   *
   * @param inUse what is returned where the files hold the same; null at the start
   * @param problems takes a line for everything that is wrong
   * @return null where there are problems; else what holds a reference to each of its contexts
   */
  @Nullable S open(KeyOpener keys, @Nullable S inUse, List<String> problems);
}
