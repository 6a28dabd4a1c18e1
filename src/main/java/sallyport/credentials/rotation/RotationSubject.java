package sallyport.credentials.rotation;

/**
 * Something that is opened from files, and what follows its rotation.
 *
 * @param afterwards runs once something new is in use; must not block
 */
public record RotationSubject(Rotatable rotatable, Runnable afterwards) {}
