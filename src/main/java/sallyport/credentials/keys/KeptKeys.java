package sallyport.credentials.keys;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.util.io.pem.PemObject;
import sallyport.config.certificate.SecretConfig;
import sallyport.credentials.sources.Secret;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnansweredSource;
import sallyport.credentials.sources.UnusableFile;

/**
 * Store of keys that the gateway has generated, in a form that it reads too: encrypted PKCS#8
 * (PBES2 with AES-256, RFC 8018) in PEM, readable by their owner alone from the first moment on. A
 * file is written whole beside its place first, and moved there in one step.
 */
public final class KeptKeys {
  /** What OWASP asks of PBKDF2 with SHA-256; a fraction of a second whenever a key is opened. */
  private static final int ITERATIONS = 600_000;

  private static final int SALT_BYTES = 16;
  private static final int VECTOR_BYTES = 16;
  private static final int KEY_BITS = 256;

  private static final String DRAFT = ".new";

  private KeptKeys() {}

  /**
   * Returns where a file is written before it takes its place: another path at each call, since
   * other processes may write the same file.
   */
  public static Path draftOf(Path file) {
    return file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + DRAFT);
  }

  /**
   * Deletes the drafts of files other than this one, which processes that have ended left behind.
   */
  public static void deleteDrafts(Path except) throws IOException {
    String name = except.getFileName().toString();
    try (DirectoryStream<Path> drafts =
        Files.newDirectoryStream(Objects.requireNonNull(except.getParent()), "*" + DRAFT)) {
      for (Path draft : drafts) {
        if (!draft.getFileName().toString().startsWith(name)) {
          Files.deleteIfExists(draft);
        }
      }
    }
  }

  /**
   * Writes a draft, through to the disk.
   *
   * @param chain what goes with the key into the same file; may be empty
   * @throws UnusableFile when there is no passphrase to be had; says from where
   */
  public static void write(
      Path draft, PrivateKey key, List<X509Certificate> chain, SecretConfig passphrase)
      throws IOException, UnusableFile {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(new PemObject("ENCRYPTED PRIVATE KEY", encrypt(key, passphrase)));
      for (X509Certificate certificate : chain) {
        pem.writeObject(certificate);
      }
    }
    try (FileChannel channel =
        FileChannel.open(
            draft,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** Encrypts a key in a form that the JDK reads, but does not write for names that it knows. */
  private static byte[] encrypt(PrivateKey key, SecretConfig passphrase)
      throws IOException, UnusableFile {
    SecureRandom random = new SecureRandom();
    byte[] salt = new byte[SALT_BYTES];
    byte[] vector = new byte[VECTOR_BYTES];
    random.nextBytes(salt);
    random.nextBytes(vector);
    byte[] plain = key.getEncoded();
    try (Secret secret = Secret.read(passphrase)) {
      PBEKeySpec spec = new PBEKeySpec(secret.chars(), salt, ITERATIONS, KEY_BITS);
      byte[] derived = new byte[0];
      try {
        derived =
            SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(
            Cipher.ENCRYPT_MODE, new SecretKeySpec(derived, "AES"), new IvParameterSpec(vector));
        return new EncryptedPrivateKeyInfo(scheme(salt, vector), cipher.doFinal(plain))
            .getEncoded();
      } finally {
        spec.clearPassword();
        Arrays.fill(derived, (byte) 0);
      }
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  private static AlgorithmIdentifier scheme(byte[] salt, byte[] vector) {
    AlgorithmIdentifier hmac =
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
    return new AlgorithmIdentifier(
        PKCSObjectIdentifiers.id_PBES2,
        new PBES2Parameters(
            new KeyDerivationFunc(
                PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(salt, ITERATIONS, hmac)),
            new EncryptionScheme(NISTObjectIdentifiers.id_aes256_CBC, new DEROctetString(vector))));
  }

  /** Moves a draft to its place, atomically and durably. */
  public static void commit(Path draft, Path file) throws IOException {
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(file);
  }

  /**
   * Gives a draft its place where no other process has done so before; else deletes it. Where the
   * file system has no hard links, the last one is kept.
   */
  public static void commitFirst(Path draft, Path file) throws IOException {
    try {
      Files.createLink(file, draft);
    } catch (FileAlreadyExistsException another) {
      Files.delete(draft);
      return;
    } catch (UnsupportedOperationException | FileSystemException noLinks) {
      commit(draft, file);
      return;
    }
    Files.delete(draft);
    sync(file);
  }

  /** Makes the name of a file durable, which is in its folder. */
  private static void sync(Path file) throws IOException {
    try (FileChannel folder = FileChannel.open(Objects.requireNonNull(file.getParent()))) {
      folder.force(true);
    }
  }

  /**
   * Makes a folder for such files where there is none, for its owner alone.
   *
   * @throws UnansweredSource when its file system does not answer in time
   */
  public static void folder(Path folder) throws IOException, UnusableFile {
    Sources.ofFile(
        folder,
        () ->
            Files.createDirectories(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))),
        late -> {});
  }
}
