Console.Error.WriteLine("not composed yet");
return 2;
